/**
 * The title as a ProseMirror document of bare text: positions are UTF-16 offsets of the automerge
 * text, so the binding needs no mapping. Pure; the field on the screen is made in `view.ts`.
 */
import type { Node } from "prosemirror-model";
import type { EditorState, Transaction } from "prosemirror-state";
import { ReplaceStep, type Step } from "prosemirror-transform";
import type { Op } from "./ops.ts";
import { titleSchema } from "./schema.ts";

export function titleDocument(text: string): Node {
  return titleSchema.nodes.doc.create(null, text === "" ? [] : titleSchema.text(text));
}

/** Where two texts differ, never inside a surrogate pair; null if they are equal. */
export function changedText(
  before: string,
  after: string,
  prefixMax = Number.POSITIVE_INFINITY,
  suffixMax = Number.POSITIVE_INFINITY,
): { index: number; remove: number; text: string } | null {
  if (before === after) return null;
  const left = Array.from(before);
  const right = Array.from(after);
  const countMax = Math.min(left.length, right.length);
  let first = 0;
  let index = 0;
  while (first < countMax && left[first] === right[first]) {
    const width = left[first]?.length ?? 0;
    if (index + width > prefixMax) break;
    index += width;
    first += 1;
  }
  let tail = 0;
  let tailWidth = 0;
  while (tail < countMax - first && left.at(-1 - tail) === right.at(-1 - tail)) {
    const width = left.at(-1 - tail)?.length ?? 0;
    if (tailWidth + width > suffixMax) break;
    tailWidth += width;
    tail += 1;
  }
  return {
    index,
    remove: before.length - index - tailWidth,
    text: after.slice(index, after.length - tailWidth),
  };
}

export function titleOps(before: string, after: string, step: Step): Op[] {
  const change =
    step instanceof ReplaceStep
      ? changedText(before, after, step.from, before.length - step.to)
      : changedText(before, after);
  return change === null ? [] : [{ op: "splice", ...change }];
}

/** The transaction that makes the shown title equal to `target`, or null if it is. */
export function titleTransaction(state: EditorState, target: string): Transaction | null {
  const change = changedText(state.doc.textContent, target);
  if (change === null) return null;
  const { index, remove, text } = change;
  return text === ""
    ? state.tr.delete(index, index + remove)
    : state.tr.replaceWith(index, index + remove, titleSchema.text(text));
}
