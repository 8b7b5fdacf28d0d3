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

const loaded = new Map<Language, FluentBundle>([["fr", add(empty("fr"), frenchFiles)]]);
const complete = new Set<Language>();

export const bundleNow = (language: Language): FluentBundle | undefined => loaded.get(language);

/** What the first screen needs. */
export async function loadBundle(language: Language): Promise<FluentBundle> {
  const known = loaded.get(language);
  if (known) return known;
  const bundle = add(empty(language), (await import("./en.ts")).default);
  loaded.set(language, bundle);
  // A language chosen later must have the texts of whatever screen is shown.
  if (complete.size > 0) await loadAllTexts(language);
  return bundle;
}

/** The texts of all screens: waited for before any other screen than the first is shown. */
export async function loadAllTexts(language: Language): Promise<void> {
  if (complete.has(language)) return;
  const [bundle, more] = await Promise.all([
    loadBundle(language),
    language === "fr" ? import("./fr-more.ts") : import("./en-more.ts"),
  ]);
  if (complete.has(language)) return;
  complete.add(language);
  add(bundle, more.default);
}

/** For screens' loaders, which know no language: completes every language in use. */
export async function completeTexts(): Promise<void> {
  await Promise.all([...loaded.keys()].map(loadAllTexts));
}
