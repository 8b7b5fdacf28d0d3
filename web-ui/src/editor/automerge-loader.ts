/**
 * The one door to automerge. The slim entry carries no wasm; the browser fetches the wasm file
 * (0.8 MB) from the site when an editor opens, never before. Tests hand the bytes over instead.
 *
 * No other module of the interface imports `@automerge/automerge`; named imports, so that what is not
 * used stays out of the editor's chunk.
 */
import { getBackend, initializeWasm, load } from "@automerge/automerge/slim";

/** The low-level document: no proxies and no copy of the content on the JavaScript side. */
export type AutomergeBackend = ReturnType<typeof getBackend>;
export type { Patch as AutomergePatch, Span as AutomergeSpan } from "@automerge/automerge/slim";

/** Only after `loadAutomerge` has resolved. */
export function openDocument(saved: Uint8Array, actor: string): AutomergeBackend {
  return getBackend(load(saved, { actor }));
}

let loading: Promise<void> | undefined;

/**
 * Resolves when automerge can be used. `wasm` is given by tests only. A failed fetch is forgotten,
 * so that opening the editor again tries again.
 */
export function loadAutomerge(wasm?: Uint8Array): Promise<void> {
  loading ??= initialize(wasm).catch((problem: unknown) => {
    loading = undefined;
    throw problem;
  });
  return loading;
}

async function initialize(wasm: Uint8Array | undefined): Promise<void> {
  if (wasm !== undefined) {
    await initializeWasm(wasm);
    return;
  }
  const { default: url } = await import("@automerge/automerge/automerge.wasm?url");
  await initializeWasm(url);
}
