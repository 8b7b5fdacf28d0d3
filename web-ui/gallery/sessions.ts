// The devices that the gallery shows as signed in.

import type { OwnData, SessionRow } from "../src/api/types";

const day = 24 * 60 * 60 * 1000;
const hour = (hour: number, minutes: number, daysAgo = 0) =>
  Date.UTC(2026, 10, 24, hour - 1, minutes) - daysAgo * day;

export const sessions: SessionRow[] = [
  {
    id: "a1",
    current: true,
    startedMs: hour(7, 20),
    lastSeenMs: hour(7, 53),
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
  },
  {
    id: "b2",
    current: false,
    startedMs: hour(7, 20, 8),
    lastSeenMs: hour(18, 2, 1),
    userAgent: "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile",
  },
];

/** Nothing stands in the way of deleting the account. */
export const ownData: OwnData = {
  contact: "Inès Moreau, déléguée à la protection des données, poste 4460",
  home: null,
  guestSite: false,
  spaces: [],
  lastRegistrar: false,
  lastTechnician: false,
};
