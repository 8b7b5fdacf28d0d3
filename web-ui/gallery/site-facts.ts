/** What a site's own page tells beside its neighbours. */
import type { SiteStatus } from "../src/api/types.ts";

/** Two sites that wrote two histories: one has not taken them up yet. */
export const forks: SiteStatus["forks"] = [
  { site: { id: "b".repeat(64), name: "Pornic" }, space: "Routes", held: true },
  { site: { id: "c".repeat(64), name: "Nantes" }, space: "Ponts", held: false },
];

export const holdings = {
  encryptedDisk: false,
  spaces: 212,
  items: 18_432,
  entries: 61_207,
  memoryBytes: 96e6,
};
