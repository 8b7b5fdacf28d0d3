/**
 * Moments as people say them: «8 h 47» today, «hier», «lundi» within the week, then «le 19 nov.».
 * Pure: `now` and the language are arguments, the zone is the device's unless one is given.
 */
import { frenchSpaces, type Language } from "./typography.ts";

type Options = { now: Date; language: Language; timeZone?: string };

const locale = { fr: "fr-FR", en: "en-GB" } as const;

const parts = (date: Date, { language, timeZone }: Options, format: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale[language], { timeZone, ...format }).format(date);

/** Days since the epoch in the reader's zone: the difference of two is what «hier» means. */
function dayNumber(date: Date, timeZone?: string): number {
  const text = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(date);
  return Math.round(Date.parse(`${text}T00:00:00Z`) / 86_400_000);
}

/** «8 h 47», or «8 h» on the hour; 08:47 in English. */
export function clock(date: Date, options: Options): string {
  const { timeZone, language } = options;
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(date);
  if (language === "en") return text;
  const [hour = "0", minute = "00"] = text.split(":");
  return frenchSpaces(minute === "00" ? `${Number(hour)} h` : `${Number(hour)} h ${minute}`);
}

/** The day without its time, relative to `now`; undefined when it is today. */
function day(date: Date, options: Options): string | undefined {
  const { language, now, timeZone } = options;
  const ago = dayNumber(now, timeZone) - dayNumber(date, timeZone);
  if (ago === 0) return undefined;
  if (ago === 1) return language === "fr" ? "hier" : "yesterday";
  if (ago > 1 && ago < 7) return parts(date, options, { weekday: "long" });
  const sameYear =
    parts(date, options, { year: "numeric" }) === parts(now, options, { year: "numeric" });
  const text = parts(date, options, {
    day: "numeric",
    month: "short",
    year: sameYear ? undefined : "numeric",
  });
  return language === "fr" ? `le ${text}` : text;
}

/** For the end of a row: «8 h 47», «hier», «lundi», «le 19 nov.». */
export const shortWhen = (date: Date, options: Options): string =>
  day(date, options) ?? clock(date, options);

/** For the middle of a sentence: «à 8 h 47», «hier à 18 h 02», «le 19 nov.». */
export function sentenceWhen(date: Date, options: Options): string {
  const at = options.language === "fr" ? `à ${clock(date, options)}` : `at ${clock(date, options)}`;
  const name = day(date, options);
  if (name === undefined) return at;
  const ago = dayNumber(options.now, options.timeZone) - dayNumber(date, options.timeZone);
  return ago > 0 && ago < 7 ? `${name} ${at}` : name;
}

/** After «depuis»: «8 h 47», «hier à 18 h 02», «le 19 nov.». */
export const sinceWhen = (date: Date, options: Options): string =>
  day(date, options) === undefined ? clock(date, options) : sentenceWhen(date, options);

/** For a column: «à 8 h 47» today, then the day alone. */
export const dayWhen = (date: Date, options: Options): string =>
  day(date, options) ?? sentenceWhen(date, options);

/** The title of Aujourd'hui: «Mardi 24 novembre». */
export function longDay(options: Options): string {
  const text = parts(options.now, options, { weekday: "long", day: "numeric", month: "long" });
  return text.charAt(0).toUpperCase() + text.slice(1);
}
