/**
 * Aligns two sequences of code points and markers: which are kept, which come, go or change.
 *
 * Pure, and knows nothing of offsets or automerge; `diff.ts` makes operations of it.
 */
import type { Node } from "prosemirror-model";

/** A code point of text, or the node whose marker stands here. */
export type Token = string | Node;

/** What becomes of the next token: kept, deleted, inserted, or a marker that changes. */
export type Move = "keep" | "delete" | "insert" | "update";

/**
 * Cells of the alignment table. 250,000 cost about 2 ms; beyond, whole blocks are aligned first.
 */
const TABLE_CELLS_MAX = 250_000;

/** How many UTF-16 units of the automerge text a token takes. */
export function width(token: Token): number {
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

/**
 * One move per token of both sides, in order. At most `prefixWidthMax` units are kept as the common
 * start and `suffixWidthMax` as the common end: where equal text repeats, that says which is new.
 */
export function alignTokens(
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
