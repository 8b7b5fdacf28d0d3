/**
 * The difference between two bodies as operations on the text and the markers, by code point:
 * neither side ever sees half of a surrogate pair (automerge's own `updateSpans` corrupts text
 * whose deleted characters have several code points).
 *
 * Pure. Knows ProseMirror nodes as values only; applies nothing.
 */
import { Mark } from "prosemirror-model";
import { alignTokens, type Move, type Token, width } from "./align.ts";
import { indexOfBlock, type RenderedBody } from "./blocks.ts";
import type { MarkRun, Op } from "./ops.ts";

interface Tokens {
  tokens: Token[];
  marks: (readonly Mark[])[];
  /** False if a surrogate stands alone, or if marks cut a pair in two. */
  whole: boolean;
}

/** A surrogate without its partner: automerge stores U+FFFD in its place. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

/** Offsets outside of which a step is known to have changed nothing, in the old body. */
export interface ChangedRange {
  from: number;
  to: number;
}

export interface BodyDiff {
  /** Text and marker operations, to be applied before any mark. */
  ops: Op[];
  /** Kept text whose marks differ. */
  kept: MarkRun[];
  /** Inserted text; `have` is empty, for the caller to fill with what insertion gave it. */
  inserted: MarkRun[];
  /** False if the wanted text has halves of surrogate pairs, which automerge cannot hold. */
  whole: boolean;
}

function readTokens(body: RenderedBody, first: number, end: number): Tokens {
  const read: Tokens = { tokens: [], marks: [], whole: true };
  for (let i = first; i < end; i++) {
    const block = body.doc.child(i);
    if (!(i === 0 && body.implicit)) {
      read.tokens.push(block);
      read.marks.push(Mark.none);
    }
    let offset = 0;
    let child = 0;
    let childEnd = block.firstChild?.nodeSize ?? 0;
    for (const character of block.textContent) {
      while (offset >= childEnd) childEnd += block.child(++child).nodeSize;
      read.tokens.push(character);
      read.marks.push(block.child(child).marks);
      offset += character.length;
      if (offset > childEnd || LONE_SURROGATE.test(character)) read.whole = false;
    }
  }
  return read;
}

/** Operations that turn the body `before` into `after`. `changed` narrows where to look. */
export function diffBodies(
  before: RenderedBody,
  after: RenderedBody,
  changed?: ChangedRange,
): BodyDiff {
  const countMin = Math.min(before.doc.childCount, after.doc.childCount);
  let first = 0;
  if (before.implicit === after.implicit) {
    while (first < countMin && before.doc.child(first).eq(after.doc.child(first))) first += 1;
  }
  let tail = 0;
  while (
    tail < countMin - first &&
    before.doc
      .child(before.doc.childCount - 1 - tail)
      .eq(after.doc.child(after.doc.childCount - 1 - tail))
  ) {
    tail += 1;
  }
  // A block at the start that has a marker on one side only must be looked at.
  const moved = before.doc.childCount !== after.doc.childCount;
  const marker = before.implicit !== after.implicit || (before.implicit && moved);
  if (first === 0 && marker && tail === countMin) tail -= 1;
  const oldEnd = before.doc.childCount - tail;
  const newEnd = after.doc.childCount - tail;
  const start = indexOfBlock(before, first);
  const old = readTokens(before, first, oldEnd);
  const wanted = readTokens(after, first, newEnd);
  const moves = alignTokens(
    old.tokens,
    wanted.tokens,
    changed === undefined ? undefined : changed.from - start,
    changed === undefined ? undefined : indexOfBlock(before, oldEnd) - changed.to,
  );
  return writeOps(moves, old, wanted, start);
}

function writeOps(moves: Move[], old: Tokens, wanted: Tokens, start: number): BodyDiff {
  const diff: BodyDiff = { ops: [], kept: [], inserted: [], whole: wanted.whole };
  let index = start;
  let row = 0;
  let column = 0;
  let next = 0;
  while (next < moves.length) {
    const move = moves[next];
    const token = wanted.tokens[column];
    if (move === "keep" && token !== undefined) {
      const have = old.marks[row] ?? Mark.none;
      const want = wanted.marks[column] ?? Mark.none;
      if (!Mark.sameSet(have, want))
        addRun(diff.kept, { start: index, length: width(token), have, want });
      index += width(token);
      row += 1;
      column += 1;
      next += 1;
    } else if (move === "update" && typeof token === "object") {
      diff.ops.push({ op: "update", index, block: token });
      index += 1;
      row += 1;
      column += 1;
      next += 1;
    } else {
      // Between two anchors the order of coming and going is ours to choose: first all that goes.
      let end = next;
      while (moves[end] === "delete" || moves[end] === "insert") end += 1;
      const gone = moves.slice(next, end).filter((each) => each === "delete").length;
      const come = end - next - gone;
      index = writeReplacement(
        diff,
        old.tokens.slice(row, row + gone),
        wanted.tokens.slice(column, column + come),
        wanted.marks.slice(column, column + come),
        index,
      );
      row += gone;
      column += come;
      next = end;
    }
  }
  return diff;
}

/** Removes `gone`, inserts `come`; answers the offset after the inserted part. */
function writeReplacement(
  diff: BodyDiff,
  gone: Token[],
  come: Token[],
  comeMarks: (readonly Mark[])[],
  start: number,
): number {
  let index = start;
  for (const token of gone) {
    const last = diff.ops.at(-1);
    if (typeof token === "object") diff.ops.push({ op: "join", index });
    else if (last?.op === "splice" && last.index === index && last.text === "") {
      last.remove += token.length;
    } else diff.ops.push({ op: "splice", index, remove: token.length, text: "" });
  }
  come.forEach((token, i) => {
    if (typeof token === "object") diff.ops.push({ op: "split", index, block: token });
    else {
      const last = diff.ops.at(-1);
      if (last?.op === "splice" && last.index + last.text.length === index) last.text += token;
      else diff.ops.push({ op: "splice", index, remove: 0, text: token });
      const want = comeMarks[i] ?? Mark.none;
      addRun(diff.inserted, { start: index, length: token.length, have: Mark.none, want });
    }
    index += width(token);
  });
  return index;
}

function addRun(runs: MarkRun[], run: MarkRun): void {
  const last = runs.at(-1);
  if (
    last !== undefined &&
    last.start + last.length === run.start &&
    Mark.sameSet(last.have, run.have) &&
    Mark.sameSet(last.want, run.want)
  ) {
    last.length += run.length;
  } else runs.push(run);
}
