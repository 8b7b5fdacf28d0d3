/**
 * Turns what arrived from others into one ProseMirror transaction that leaves alone whatever did
 * not change, so that the selection and the undo history map through it.
 *
 * Two ways: text that came and went inside blocks is taken from automerge's patches; everything
 * else from the difference between the shown and the rendered body.
 */
import { Fragment, type Node, Slice } from "prosemirror-model";
import type { EditorState, Selection, Transaction } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import type { AutomergePatch } from "./automerge-loader.ts";
import { marksFromSet, positionOfIndex, type RenderedBody } from "./blocks.ts";
import { diffBodies } from "./diff.ts";
import { markOps, type Op } from "./ops.ts";
import { bodySchema } from "./schema.ts";

export const REMOTE_META = "remote";

/**
 * Marks `tr` as made by others. `selection`: where the person's own goes, null to map it through
 * the steps. Bold that was switched on for the next letter stays on.
 */
export function markRemote(
  tr: Transaction,
  state: EditorState,
  selection: Selection | null,
): Transaction {
  if (selection !== null) tr.setSelection(selection);
  if (state.storedMarks !== null) tr.setStoredMarks(state.storedMarks);
  return tr.setMeta(REMOTE_META, true).setMeta("addToHistory", false);
}

/** The transaction for patches that only insert and delete text inside blocks, or null. */
export function transactionFromPatches(
  state: EditorState,
  implicit: boolean,
  patches: AutomergePatch[],
): Transaction | null {
  const tr = state.tr;
  for (const patch of patches) {
    const index = patch.path[1];
    if (patch.path[0] !== "body" || patch.path.length !== 2 || typeof index !== "number")
      return null;
    const position = positionOfIndex({ doc: tr.doc, implicit }, index);
    if (position === null) return null;
    if (patch.action === "splice") {
      tr.insert(position, bodySchema.text(patch.value, marksFromSet(patch.marks)));
    } else if (patch.action === "del") {
      const $from = tr.doc.resolve(position);
      const end = $from.parentOffset + (patch.length ?? 1);
      if (end > $from.parent.content.size) return null;
      // The implicit block is shown only while it has text: that is more than a change of text.
      if (
        implicit &&
        $from.index(0) === 0 &&
        end - $from.parentOffset === $from.parent.content.size
      ) {
        return null;
      }
      tr.delete(position, position + (patch.length ?? 1));
    } else return null;
  }
  return tr;
}

/** The transaction from the shown body to `target`. `exact` is false if whole blocks were replaced. */
export function transactionFromDiff(
  state: EditorState,
  implicit: boolean,
  target: RenderedBody,
): { tr: Transaction; exact: boolean } {
  const diff = diffBodies({ doc: state.doc, implicit }, target);
  const tr = state.tr;
  applyOps(tr, implicit, target.implicit, [
    ...diff.ops,
    ...markOps([...diff.kept]),
    ...markOps(diff.inserted),
  ]);
  if (tr.doc.eq(target.doc)) return { tr, exact: true };
  // Marks that cut a surrogate pair in two are invisible to a difference by code points.
  const plain = state.tr;
  const [from, end] = [firstDifferent(state.doc, target.doc), lastEqual(state.doc, target.doc)];
  const oldEnd = Math.max(from, state.doc.childCount - end);
  const newEnd = Math.max(from, target.doc.childCount - end);
  const blocks: Node[] = [];
  for (let i = from; i < newEnd; i++) blocks.push(target.doc.child(i));
  plain.replaceWith(blockStart(state.doc, from), blockStart(state.doc, oldEnd), blocks);
  if (!plain.doc.eq(target.doc)) plain.replaceWith(0, plain.doc.content.size, target.doc.content);
  return { tr: plain, exact: false };
}

function firstDifferent(left: Node, right: Node): number {
  const count = Math.min(left.childCount, right.childCount);
  let i = 0;
  while (i < count && left.child(i).eq(right.child(i))) i += 1;
  return i;
}

function lastEqual(left: Node, right: Node): number {
  const count = Math.min(left.childCount, right.childCount);
  let i = 0;
  while (
    i < count &&
    left.child(left.childCount - 1 - i).eq(right.child(right.childCount - 1 - i))
  ) {
    i += 1;
  }
  return i;
}

function blockStart(doc: Node, block: number): number {
  let position = 0;
  for (let i = 0; i < block; i++) position += doc.child(i).nodeSize;
  return position;
}

function applyOps(tr: Transaction, before: boolean, after: boolean, ops: Op[]): void {
  const touchesStart =
    before !== after || ops.some((op) => "index" in op && op.index === 0 && op.op !== "update");
  // With an implicit block in front, every operation has a block to happen in.
  if (touchesStart && !before) tr.insert(0, bodySchema.nodes.paragraph.create());
  const implicit = before || touchesStart;
  for (const op of ops) applyOp(tr, implicit, op);
  if (touchesStart && !after && tr.doc.childCount > 1) tr.delete(0, tr.doc.child(0).nodeSize);
}

function applyOp(tr: Transaction, implicit: boolean, op: Op): void {
  const place = (index: number) => {
    const position = positionOfIndex({ doc: tr.doc, implicit }, index);
    if (position === null) throw new RangeError(`No block at offset ${index}.`);
    return position;
  };
  switch (op.op) {
    case "splice": {
      const from = place(op.index);
      const text = op.text === "" ? Fragment.empty : Fragment.from(bodySchema.text(op.text));
      tr.step(new ReplaceStep(from, from + op.remove, new Slice(text, 0, 0)));
      break;
    }
    case "split": {
      const position = place(op.index);
      const parent = tr.doc.resolve(position).parent;
      const halves = [parent.type.create(parent.attrs), op.block.type.create(op.block.attrs)];
      tr.step(new ReplaceStep(position, position, new Slice(Fragment.from(halves), 1, 1)));
      break;
    }
    case "join": {
      // The offset of a marker is the end of the block before it.
      const position = place(op.index);
      tr.step(new ReplaceStep(position, position + 2, Slice.empty));
      break;
    }
    case "update": {
      const start = place(op.index + 1);
      tr.setNodeMarkup(tr.doc.resolve(start).before(1), op.block.type, op.block.attrs);
      break;
    }
    case "mark": {
      const mark = bodySchema.marks[op.name].create(op.name === "link" ? { href: op.value } : null);
      tr.addMark(place(op.start), place(op.end), mark);
      break;
    }
    case "unmark":
      tr.removeMark(place(op.start), place(op.end), bodySchema.marks[op.name]);
      break;
  }
}
