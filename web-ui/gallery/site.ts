/** What the technician's page says of a site: neighbours, what waits, two histories of one log. */
import type { SiteStatus } from "../src/api/types.ts";
import { at, hex, welcome } from "./fixtures.ts";

const forks: SiteStatus["forks"] = [
  { site: { id: "b".repeat(64), name: "Pornic" }, space: "Routes", held: true },
  { site: { id: "c".repeat(64), name: "Nantes" }, space: "Ponts", held: false },
];

const other = (
  name: string,
  news: number,
  late: number | null,
  toSend: number,
  spaceCount: number,
): SiteStatus["sites"][number] => ({
  site: { id: hex(name, 64), name },
  connected: late === null,
  lastNewsMs: news,
  lateSinceMs: late,
  toSend,
  missingHere: 0,
  spaces: spaceCount,
  clockSkewMs: 120,
  addresses: [],
  line: late === null ? { address: null, transport: "quic", roundTripMs: 12.4 } : null,
});

export const siteStatus: SiteStatus = {
  site: {
    ...welcome.site,
    version: "0.1.0",
    startedMs: at(2, 10, 3),
    contact: "Support, poste 4455",
    restored: true,
    webAddress: "https://chateaubriant.bocage.example",
  },
  ok: true,
  sites: [
    other("Saint-Nazaire", at(6, 40), at(6, 41), 38, 96),
    other("Clisson", at(8, 44), null, 2, 71),
    other("Nantes", at(8, 51), null, 0, 412),
    other("Pornic", at(8, 50), null, 0, 66),
    other("Ancenis", at(8, 49), null, 0, 104),
  ],
  waiting: [
    { name: "Fin de chantier", items: 38 },
    { name: "Cuisines du Nord", items: 2 },
  ],
  unfollowed: ["Chantiers d’été"],
  forks,
  twice: [
    {
      site: { id: hex("Ancenis", 64), name: "Ancenis" },
      runs: [
        { address: "192.168.4.20:4470", sinceMs: at(2, 10, 3), kept: true },
        { address: "192.168.4.77:4470", sinceMs: at(8, 40), kept: false },
      ],
    },
  ],
  withoutManager: [],
  recovery: {
    version: 2,
    threshold: 2,
    keys: ["0c41a9e2", "7be80d15", "e2095f77"],
    tested: 2,
    drilledMs: at(2, 10, 3),
    lost: [],
  },
  territories: ["Pays de Châteaubriant", "Presqu’île"],
  registrars: [
    { name: "Marie Le Goff", site: "Nantes", territory: null, renew: false },
    { name: "Awa Diop", site: "Ancenis", territory: "Presqu’île", renew: true },
  ],
  removed: [],
  frozen: [],
  damaged: [],
  refused: [{ reason: "signature", count: 3 }],
  disk: { freeBytes: 214e9, totalBytes: 480e9, dataBytes: 41e9 },
  encryptedDisk: false,
  spaces: 212,
  items: 18_432,
  entries: 61_207,
  memoryBytes: 96e6,
};
