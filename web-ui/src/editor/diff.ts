/**
 * The difference between two bodies as operations on the text and the markers, by code point:
 * neither side ever sees half of a surrogate pair (automerge's own `updateSpans` corrupts text
 * whose deleted characters have several code points).
 *
 * Pure. Knows ProseMirror nodes as values only; applies nothing.
 */
import { Mark, type Node } from "prosemirror-model";
import { indexOfBlock, type RenderedBody } from "./blocks.ts";
import type { MarkRun, Op } from "./ops.ts";

/** A code point of text, or the node whose marker stands here. */
type Token = string | Node;

interface Tokens {
  tokens: Token[];
  marks: (readonly Mark[])[];
  /** False if a surrogate stands alone, or if marks cut a pair in two. */
  whole: boolean;
}

/** A surrogate without its partner: automerge stores U+FFFD in its place. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

/** What becomes of the next token: kept, deleted, inserted, or a marker that changes. */
type Move = "keep" | "delete" | "insert" | "update";

/**
 * Cells of the alignment table. 250,000 cost about 2 ms; beyond, whole blocks are aligned first.
 */
const TABLE_CELLS_MAX = 250_000;

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

function width(token: Token): number {
  return typeof token === "string" ? token.length : 1;
}

function equal(left: Token | undefined, right: Token | undefined): boolean {
  if (typeof left === "string" || typeof right === "string") return left === right;
  return left !== undefined && right !== undefined && left.hasMarkup(right.type, right.attrs);
}

/** How many tokens at one end are equal, within `widthMax` UTF-16 units of the old side. */
function commonTokens(
  before: Token[],
  after: Token[],
  skip: number,
  widthMax: number,
  fromEnd: boolean,
): number {
  const countMax = Math.min(before.length, after.length) - skip;
  let count = 0;
  let seen = 0;
  while (count < countMax) {
    const left = fromEnd ? before[before.length - 1 - count] : before[count];
    const right = fromEnd ? after[after.length - 1 - count] : after[count];
    if (left === undefined || !equal(left, right)) break;
    seen += width(left);
    if (seen > widthMax) break;
    count += 1;
  }
  return count;
}

const times = (count: number, move: Move): Move[] => new Array<Move>(count).fill(move);

/** Cheapest alignment; a marker may become another marker, text only comes and goes. */
function alignByTable(before: Token[], after: Token[]): Move[] {
  const columns = after.length + 1;
  const costs = new Uint32Array((before.length + 1) * columns);
  const at = (row: number, column: number) => costs[row * columns + column] ?? 0;
  const changeCost = (left: Token | undefined, right: Token | undefined) =>
    equal(left, right)
      ? 0
      : typeof left === "object" && typeof right === "object"
        ? 2
        : Number.MAX_SAFE_INTEGER;
  for (let row = before.length; row >= 0; row--) {
    for (let column = after.length; column >= 0; column--) {
      if (row === before.length && column === after.length) continue;
      let cost = Number.MAX_SAFE_INTEGER;
      if (row < before.length) cost = at(row + 1, column) + 2;
      if (column < after.length) cost = Math.min(cost, at(row, column + 1) + 2);
      if (row < before.length && column < after.length) {
        cost = Math.min(cost, at(row + 1, column + 1) + changeCost(before[row], after[column]));
      }
      costs[row * columns + column] = cost;
    }
  }
  const moves: Move[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const cost = at(row, column);
    const change = changeCost(before[row], after[column]);
    if (row < before.length && column < after.length && cost === at(row + 1, column + 1) + change) {
      moves.push(change === 0 ? "keep" : "update");
      row += 1;
      column += 1;
    } else if (row < before.length && cost === at(row + 1, column) + 2) {
      moves.push("delete");
      row += 1;
    } else {
      moves.push("insert");
      column += 1;
    }
  }
  return moves;
}

/** Too much for the table: cut both sides into blocks, keep equal ones, align between them. */
function alignByBlocks(before: Token[], after: Token[]): Move[] {
  const left = cutAtMarkers(before);
  const right = cutAtMarkers(after);
  const replaceAll = [...times(before.length, "delete"), ...times(after.length, "insert")];
  if (left.length * right.length > TABLE_CELLS_MAX || (left.length < 2 && right.length < 2)) {
    return replaceAll;
  }
  const moves: Move[] = [];
  let pendingLeft: Token[] = [];
  let pendingRight: Token[] = [];
  const settle = () => {
    if (pendingLeft.length * pendingRight.length <= TABLE_CELLS_MAX) {
      for (const move of alignTokens(pendingLeft, pendingRight)) moves.push(move);
    } else {
      for (const move of times(pendingLeft.length, "delete")) moves.push(move);
      for (const move of times(pendingRight.length, "insert")) moves.push(move);
    }
    pendingLeft = [];
    pendingRight = [];
  };
  const keys = (blocks: Token[][]) => blocks.map(blockKey);
  let row = 0;
  let column = 0;
  for (const move of alignByTable(keys(left), keys(right))) {
    if (move === "keep") {
      settle();
      for (const kept of times(left[row]?.length ?? 0, "keep")) moves.push(kept);
    }
    if (move === "delete") pendingLeft = pendingLeft.concat(left[row] ?? []);
    if (move === "insert") pendingRight = pendingRight.concat(right[column] ?? []);
    if (move !== "insert") row += 1;
    if (move !== "delete") column += 1;
  }
  settle();
  return moves;
}

function cutAtMarkers(tokens: Token[]): Token[][] {
  const blocks: Token[][] = [];
  for (const token of tokens) {
    const last = blocks.at(-1);
    if (last === undefined || typeof token === "object") blocks.push([token]);
    else last.push(token);
  }
  return blocks;
}

function blockKey(block: Token[]): string {
  return block
    .map((token) =>
      typeof token === "string" ? token : `${token.type.name}${JSON.stringify(token.attrs)}`,
    )
    .join("");
}

function alignTokens(
  before: Token[],
  after: Token[],
  prefixWidthMax = Number.POSITIVE_INFINITY,
  suffixWidthMax = Number.POSITIVE_INFINITY,
): Move[] {
  const prefix = commonTokens(before, after, 0, prefixWidthMax, false);
  const suffix = commonTokens(before, after, prefix, suffixWidthMax, true);
  const oldMiddle = before.slice(prefix, before.length - suffix);
  const newMiddle = after.slice(prefix, after.length - suffix);
  const middle =
    oldMiddle.length * newMiddle.length <= TABLE_CELLS_MAX
      ? alignByTable(oldMiddle, newMiddle)
      : alignByBlocks(oldMiddle, newMiddle);
  return [...times(prefix, "keep"), ...middle, ...times(suffix, "keep")];
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
