/**
 * French spacing, done once here and never by hand: a space that must not break before « ? ! : ; »,
 * inside guillemets and in times. Pure; safe on a text that already has them.
 */
export type Language = "fr" | "en";

const noBreak = "\u00a0";

/** Puts no-break spaces where French wants them. Addresses and clock times with ":" are untouched. */
export function frenchSpaces(text: string): string {
  return text
    .replace(/[ \u202f](?=[?!:;»])/g, noBreak)
    .replace(/«[ \u202f]/g, `«${noBreak}`)
    .replace(/(\d) h(?: (?=\d))?/g, (match) => match.replaceAll(" ", noBreak))
    .replace(/(\d) (?=(?:Mo|Go|Ko|%|km|m²|€)(?![\p{L}\d]))/gu, `$1${noBreak}`)
    .replace(/\bn° (?=\d)/g, `n°${noBreak}`);
}

/** «de» before a name that begins with a vowel, as ours are filled in: «d’Ancenis». */
export const elided = (text: string): string =>
  text.replace(/(?<!\p{L})([dD])e (?=[AEIOUÀÂÉÈÊÎÔÛŒ]\p{Ll})/gu, "$1’");

/** The spacing of a language, for texts that people wrote as well as for ours. */
export const spaced = (text: string, language: Language): string =>
  language === "fr" ? frenchSpaces(text) : text;
