/**
 * Fluent bundles, one per language. The first screen's French is part of the entry; the texts of
 * the other screens come with the first of them, English is chunks of its own. The .ftl files are
 * the same ones that the site uses for its own sentences.
 */
import { FluentBundle, FluentResource } from "@fluent/bundle";
import frenchFiles from "./fr.ts";
import type { Language } from "./typography.ts";

type Files = Record<string, string>;

// No isolation marks: names stand in elements of their own, and marks would end up in titles, in
// the clipboard and in the search field.
const empty = (language: Language) => new FluentBundle(language, { useIsolating: false });

function add(bundle: FluentBundle, files: Files): FluentBundle {
  for (const text of Object.values(files)) bundle.addResource(new FluentResource(text));
  return bundle;
}

/** Bundles that screens may use; a language enters with all the texts of what is shown. */
const loaded = new Map<Language, FluentBundle>([["fr", add(empty("fr"), frenchFiles)]]);
const coming = new Map<Language, Promise<FluentBundle>>();
const complete = new Set<Language>();

export const bundleNow = (language: Language): FluentBundle | undefined => loaded.get(language);

/** What the first screen needs, or all texts once another screen has been shown. */
export function loadBundle(language: Language): Promise<FluentBundle> {
  const known = loaded.get(language);
  if (known) return Promise.resolve(known);
  // Asked for again while it is on its way: the same wait, or a screen would show bare keys.
  const already = coming.get(language);
  if (already) return already;
  const load = bring(language).finally(() => coming.delete(language));
  coming.set(language, load);
  return load;
}

async function bring(language: Language): Promise<FluentBundle> {
  const bundle = add(empty(language), (await import("./en.ts")).default);
  if (complete.size > 0) await addMore(language, bundle);
  loaded.set(language, bundle);
  return bundle;
}

async function addMore(language: Language, bundle: FluentBundle): Promise<void> {
  if (complete.has(language)) return;
  const more = await (language === "fr" ? import("./fr-more.ts") : import("./en-more.ts"));
  if (complete.has(language)) return;
  complete.add(language);
  add(bundle, more.default);
}

/** The texts of all screens: waited for before any other screen than the first is shown. */
export async function loadAllTexts(language: Language): Promise<void> {
  await addMore(language, await loadBundle(language));
}

/** For screens' loaders, which know no language: completes every language in use. */
export async function completeTexts(): Promise<void> {
  await Promise.all([...loaded.keys()].map(loadAllTexts));
}
