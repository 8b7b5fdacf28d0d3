/** Two sites that wrote two histories: one has not taken them up yet. */
import type { SiteStatus } from "../src/api/types.ts";

export const forks: SiteStatus["forks"] = [
  { site: { id: "b".repeat(64), name: "Pornic" }, space: "Routes", held: true },
  { site: { id: "c".repeat(64), name: "Nantes" }, space: "Ponts", held: false },
];
