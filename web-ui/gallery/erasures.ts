/** What was erased in the gallery's first space, and what erasing a page there would concern. */
import type { ErasurePlan, ErasureRow, ItemRow } from "../src/api/types.ts";
import { at, claire, hex, karim, pageDetail } from "./fixtures.ts";

const hour = 3_600_000;
const chateaubriant = { id: hex("châteaubriant", 64), name: "Châteaubriant" };
const nantes = { id: hex("nantes", 64), name: "Nantes" };
const ancenis = { id: hex("ancenis", 64), name: "Ancenis" };

const confirmable: ErasureRow = {
  id: hex("erasure 1", 64),
  by: karim,
  atMs: at(8, 10),
  reason: "Un compte rendu d’entretien avec des données de santé.",
  items: [hex("a", 32), hex("b", 32), hex("c", 32)],
  state: "hidden",
  dueMs: at(8, 10) + 72 * hour,
  confirmed: false,
  canConfirm: true,
  canUndo: true,
  sites: [
    { site: chateaubriant, hiddenMs: at(8, 10), destroyedMs: null, backupsUntilMs: null },
    { site: nantes, hiddenMs: at(8, 10), destroyedMs: null, backupsUntilMs: null },
    { site: ancenis, hiddenMs: null, destroyedMs: null, backupsUntilMs: null },
  ],
};

const destroyed: ErasureRow = {
  ...confirmable,
  id: hex("erasure 2", 64),
  by: claire,
  atMs: at(9, 0, 12),
  reason: "Photo prise sans accord.",
  items: [hex("d", 32)],
  state: "destroyed",
  dueMs: null,
  confirmed: true,
  canConfirm: false,
  canUndo: false,
  sites: [
    {
      site: chateaubriant,
      hiddenMs: at(9, 0, 12),
      destroyedMs: at(10, 0, 11),
      backupsUntilMs: at(10, 0) + 480 * hour,
    },
    { site: nantes, hiddenMs: at(9, 0, 12), destroyedMs: at(11, 30, 11), backupsUntilMs: null },
    { site: ancenis, hiddenMs: at(14, 0, 6), destroyedMs: at(15, 0, 5), backupsUntilMs: null },
  ],
};

export const erasures: ErasureRow[] = [confirmable, destroyed];

export function erasurePlan(row: ItemRow): ErasurePlan {
  const comments = row.kind === "page" ? pageDetail(row).comments : [];
  const under = comments.map((item) => ({ item, depth: 1, allowed: true }));
  return {
    rows: [{ item: row, depth: 0, allowed: true }, ...under],
    hours: 72,
    hoursConfirmed: 24,
  };
}
