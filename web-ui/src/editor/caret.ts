/**
 * Where a selection stands after changes of others. A caret stays behind the character on its left,
 * as its automerge cursor does: what others write or split exactly there comes after it, so nobody
 * is moved into another block, and two who write in one place each go on where they were.
 *
 * Read from automerge's patches and not from the steps of the transaction: of two equal letters a
 * difference cannot know which one is new. Pure.
 */
import type { Node } from "prosemirror-model";
import { type Selection, TextSelection } from "prosemirror-state";
import type { AutomergePatch } from "./automerge-loader.ts";
import { indexOfPosition, positionOfIndex, type RenderedBody } from "./blocks.ts";
import type { Field } from "./page-document.ts";

/** On which side of what is inserted exactly at an offset that offset ends. */
export type Side = "before" | "after";

/** The offset in the automerge text that `index` has become. */
export function mapIndex(
  index: number,
  patches: readonly AutomergePatch[],
  field: Field,
  side: Side,
): number {
  let mapped = index;
  for (const patch of patches) {
    const at = patch.path[1];
    if (patch.path[0] !== field || patch.path.length !== 2 || typeof at !== "number") continue;
    if (patch.action === "splice" || patch.action === "insert") {
      const length = patch.action === "splice" ? patch.value.length : patch.values.length;
      if (at < mapped || (at === mapped && side === "after")) mapped += length;
    } else if (patch.action === "del" && at < mapped) {
      mapped = Math.max(at, mapped - (patch.length ?? 1));
    }
  }
  return mapped;
}

/** Both ends of a range, or of a caret. What was selected stays selected, and nothing else is. */
export function mapRange(
  range: { anchor: number; head: number },
  patches: readonly AutomergePatch[],
  field: Field,
): { anchor: number; head: number } {
  const { anchor, head } = range;
  const map = (index: number, side: Side) => mapIndex(index, patches, field, side);
  const [low, high] = [Math.min(anchor, head), Math.max(anchor, head)];
  const mappedLow = map(low, low === high ? "before" : "after");
  const mappedHigh = map(high, "before");
  // All that was selected is gone, and something stands in its place.
  if (mappedLow >= mappedHigh) return { anchor: mappedHigh, head: mappedHigh };
  return anchor < head
    ? { anchor: mappedLow, head: mappedHigh }
    : { anchor: mappedHigh, head: mappedLow };
}

/** The selection of `before` in `after`; null where the steps of the transaction decide. */
export function bodySelectionAfter(
  selection: Selection,
  before: RenderedBody,
  after: RenderedBody,
  patches: readonly AutomergePatch[],
): Selection | null {
  if (!(selection instanceof TextSelection)) return null;
  const range = mapRange(
    {
      anchor: indexOfPosition(before, selection.anchor),
      head: indexOfPosition(before, selection.head),
    },
    patches,
    "body",
  );
  // Before the first marker of a page that begins with one there is no place: it is the start.
  const place = (index: number) => after.doc.resolve(positionOfIndex(after, index) ?? 1);
  return TextSelection.between(place(range.anchor), place(range.head));
}

/** The same for the title, whose positions are the offsets of its text. */
export function titleSelectionAfter(
  selection: Selection,
  after: Node,
  patches: readonly AutomergePatch[],
): Selection | null {
  if (!(selection instanceof TextSelection)) return null;
  const { anchor, head } = mapRange(selection, patches, "title");
  const place = (index: number) => after.resolve(Math.min(index, after.content.size));
  return TextSelection.between(place(anchor), place(head));
}
