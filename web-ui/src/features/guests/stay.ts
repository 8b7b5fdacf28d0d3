/** End dates of a stay: a day is typed, and the stay lasts until that day is over here. */

/** The site's own limit: whoever is needed for longer is renewed by somebody who answers for her. */
export const stayDaysMax = 731;
/** What most partners need; any other day can be typed. */
export const stayMonths = [1, 3, 6, 12] as const;
export const usualMonths = 3;

const two = (number: number) => String(number).padStart(2, "0");

/** A day as a date field writes it, in the zone of the device. */
export const dayOf = (date: Date): string =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** The same day some months on; the last of the month where that month is shorter. */
export function monthsOn(from: Date, months: number): string {
  const first = new Date(from.getFullYear(), from.getMonth() + months, 1);
  const days = new Date(first.getFullYear(), first.getMonth() + 1, 0).getDate();
  first.setDate(Math.min(from.getDate(), days));
  return dayOf(first);
}

/** The last day that the site takes. One is left out: the stay lasts until the end of its day. */
export function lastDay(from: Date): string {
  return dayOf(new Date(from.getFullYear(), from.getMonth(), from.getDate() + stayDaysMax - 1));
}

/** The last moment of a day; undefined for what is no day. */
export function endOf(day: string): number | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return undefined;
  const next = new Date(year, month - 1, date + 1).getTime();
  return Number.isNaN(next) ? undefined : next - 1;
}

/** Whether the site would take it: ahead of now, and not too far. */
export function isPossible(day: string, now: Date): boolean {
  return endOf(day) !== undefined && day >= dayOf(now) && day <= lastDay(now);
}
