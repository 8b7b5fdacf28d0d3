/**
 * Language and theme as this browser knows them before anyone signs in. The person's own choice is
 * kept by the site and wins.
 */
import type { Language, Theme } from "../api/types.ts";

const languageKey = "bocage-language";

/** Storage may be closed (private windows): a choice is then for this tab only. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

export function rememberedLanguage(): Language | undefined {
  const kept = storage()?.getItem(languageKey);
  return kept === "fr" || kept === "en" ? kept : undefined;
}

export function rememberLanguage(language: Language): void {
  try {
    storage()?.setItem(languageKey, language);
  } catch {
    // A full storage: the choice still holds for this tab.
  }
}

/** Whether something was read on this device. */
export function wasSeen(key: string): boolean {
  return storage()?.getItem(`bocage-seen ${key}`) === "1";
}

export function rememberSeen(key: string): void {
  try {
    storage()?.setItem(`bocage-seen ${key}`, "1");
  } catch {
    // A full storage: it will be said once more.
  }
}

/** «auto» follows the device. */
export function applyTheme(theme: Theme | undefined): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
