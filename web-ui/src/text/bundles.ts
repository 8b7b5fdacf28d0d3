/**
 * Fluent bundles, one per language. French is part of the first screen; English is a chunk of its
 * own. The .ftl files are the same ones that the site uses for its own sentences.
 */
import { FluentBundle, FluentResource } from "@fluent/bundle";
import frenchFiles from "./fr.ts";
import type { Language } from "./typography.ts";

function build(language: Language, files: Record<string, string>): FluentBundle {
  // No isolation marks: names stand in <bdi> where they are shown, and marks would end up in
  // titles, in the clipboard and in the search field.
  const bundle = new FluentBundle(language, { useIsolating: false });
  for (const text of Object.values(files)) bundle.addResource(new FluentResource(text));
  return bundle;
}

const loaded = new Map<Language, FluentBundle>([["fr", build("fr", frenchFiles)]]);

export const bundleNow = (language: Language): FluentBundle | undefined => loaded.get(language);

export async function loadBundle(language: Language): Promise<FluentBundle> {
  const known = loaded.get(language);
  if (known) return known;
  const bundle = build(language, (await import("./en.ts")).default);
  loaded.set(language, bundle);
  return bundle;
}
