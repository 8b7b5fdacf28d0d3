/**
 * The automerge side of an open page: loads it, applies operations, commits, takes remote changes.
 * Uses the low-level document, because the usual one keeps a second copy of the whole text.
 *
 * Never creates `title` or `body`: they come with the item's genesis change, and two makers would
 * swallow one of the texts. Knows nothing of ProseMirror states or views.
 */
import {
  type AutomergeBackend,
  type AutomergePatch,
  type AutomergeSpan,
  openDocument,
} from "./automerge-loader.ts";
import { MARKER_KEYS, type Marker, marksFromSet, nodeToMarker } from "./blocks.ts";
import type { MarkRun, Op } from "./ops.ts";
import type { MarkName } from "./schema.ts";

export type Field = "title" | "body";

/**
 * Typing at the end of bold text goes on in bold; a link or a piece of code ends where it was
 * ended. Unmarking uses the same rule, so that typing on in plain text stays plain.
 */
const EXPAND: Record<MarkName, "after" | "none"> = {
  strong: "after",
  em: "after",
  strike: "after",
  link: "none",
  code: "none",
};

/**
 * A change of more operations is refused by every site (10,000), so a long paste becomes several.
 * Half of that, because a block or a mark is written whole before the next look.
 */
const OPERATIONS_PER_CHANGE = 5_000;
/** Text is written in pieces that fit what is left of a change. */
const PIECE_LENGTH = 1_000;

export class PageDocument {
  /** Changes of the edit being written that are full already. */
  #finished: Uint8Array[] = [];
  readonly #backend: AutomergeBackend;
  readonly #ids: Record<Field, string>;

  /** `actor`: 16 bytes in hexadecimal, given by the site; one per open tab. */
  constructor(saved: Uint8Array, actor: string) {
    if (!/^[0-9a-f]{32}$/.test(actor)) {
      throw new Error("The actor of an editor must be 16 bytes in lower-case hexadecimal.");
    }
    this.#backend = openDocument(saved, actor);
    this.#ids = { title: this.#textId("title"), body: this.#textId("body") };
    this.#backend.updateDiffCursor();
  }

  #textId(field: Field): string {
    const value = this.#backend.getWithType("/", field);
    if (value === null || value[0] !== "text") {
      throw new Error(`This page has no "${field}" text: its genesis change is missing.`);
    }
    return value[1];
  }

  heads(): string[] {
    return this.#backend.getHeads();
  }

  title(): string {
    return this.#backend.text(this.#ids.title);
  }

  bodySpans(): AutomergeSpan[] {
    return this.#backend.spans(this.#ids.body);
  }

  apply(field: Field, op: Op): void {
    const id = this.#ids[field];
    switch (op.op) {
      case "splice":
        this.#splice(id, op.index, op.remove, op.text);
        break;
      case "split":
        this.#backend.splitBlock(id, op.index, {});
        this.#writeMarker(op.index, nodeToMarker(op.block), false);
        break;
      case "join":
        this.#backend.joinBlock(id, op.index);
        break;
      case "update":
        this.#writeMarker(op.index, nodeToMarker(op.block), true);
        break;
      case "mark":
        this.#backend.mark(
          id,
          { start: op.start, end: op.end, expand: EXPAND[op.name] },
          op.name,
          op.value,
        );
        break;
      case "unmark":
        this.#backend.unmark(
          id,
          { start: op.start, end: op.end, expand: EXPAND[op.name] },
          op.name,
        );
        break;
    }
    this.#closeIfFull();
  }

  /** In pieces, none of which ends inside a surrogate pair. */
  #splice(id: string, index: number, remove: number, text: string): void {
    if (remove <= PIECE_LENGTH && text.length <= PIECE_LENGTH) {
      this.#backend.splice(id, index, remove, text);
      return;
    }
    // From the end: what is left before the piece keeps its offsets. Automerge removes whole code
    // points, so pieces are cut where it says that one begins.
    const gone = remove === 0 ? "" : this.#backend.text(id).slice(index, index + remove);
    const pieces = cutText(gone);
    let end = index + remove;
    for (const piece of pieces.reverse()) {
      end -= piece.length;
      this.#backend.splice(id, end, piece.length, "");
      this.#closeIfFull();
    }
    let at = index;
    for (const piece of cutText(text)) {
      this.#backend.splice(id, at, 0, piece);
      at += piece.length;
      this.#closeIfFull();
    }
  }

  #closeIfFull(): void {
    if (this.#backend.pendingOps() < OPERATIONS_PER_CHANGE) return;
    const change = this.#close();
    if (change !== null) this.#finished.push(change);
  }

  /** Scalars only: `splitBlock` itself would make a text object of every string. */
  #writeMarker(index: number, marker: Marker, existing: boolean): void {
    const value = this.#backend.getWithType(this.#ids.body, index);
    if (value === null || value[0] !== "map") {
      throw new Error(`No block marker stands at offset ${index} of the page.`);
    }
    const id = value[1];
    for (const [key, wanted] of Object.entries(marker)) {
      const datatype =
        typeof wanted === "string" ? "str" : typeof wanted === "number" ? "int" : "boolean";
      if (existing) {
        const held = this.#backend.getWithType(id, key);
        if (held !== null && held[1] === wanted) continue;
      }
      this.#backend.put(id, key, wanted, datatype);
    }
    if (!existing) return;
    for (const key of MARKER_KEYS) {
      if (!(key in marker) && this.#backend.getWithType(id, key) !== null) {
        this.#backend.delete(id, key);
      }
    }
  }

  /**
   * The same runs, cut where the marks that automerge gives them change, with those as `have`.
   * Reading patches would be cheaper in a page full of marks, but ends the change being written.
   */
  withInheritedMarks(runs: readonly MarkRun[]): MarkRun[] {
    const [first] = runs;
    const last = runs.at(-1);
    if (first === undefined || last === undefined) return [];
    const end = last.start + last.length;
    const near = this.#backend
      .marks(this.#ids.body)
      .filter((mark) => mark.start < end && mark.end > first.start);
    return near.length === 0 ? [...runs] : runs.flatMap((run) => cutAtMarks(run, near));
  }

  /** Ends a local edit: its change as bytes, several for a very long one, none if it wrote none. */
  commit(): Uint8Array[] {
    const last = this.#close();
    const changes = last === null ? this.#finished : [...this.#finished, last];
    this.#finished = [];
    return changes;
  }

  #close(): Uint8Array | null {
    if (this.#backend.pendingOps() === 0) return null;
    // The entry that carries the change states its time; a second one here would only cost bytes.
    this.#backend.commit(null, 0);
    return this.#backend.getLastLocalChange();
  }

  /** Drops what is not committed; what `commit` then gives was finished before. */
  rollback(): void {
    this.#backend.rollback();
  }

  /** Takes changes in; those whose parents are missing wait inside until the parents come. */
  applyChanges(changes: Uint8Array[]): void {
    this.#backend.applyChanges(changes);
  }

  /** What changed since the last call, local edits included. */
  takePatches(): AutomergePatch[] {
    return this.#backend.diffIncremental();
  }

  /** Forgets what changed so far: it is shown already. */
  skipPatches(): void {
    this.#backend.updateDiffCursor();
  }

  /** Changes that `heads` does not cover, oldest first: what a new connection still has to send. */
  changesSince(heads: string[]): Uint8Array[] {
    return this.#backend.getChanges(heads);
  }

  save(): Uint8Array {
    return this.#backend.save();
  }

  /**
   * A cursor stays behind the character on its left: text that others write at the caret, or a
   * block they add behind it, comes after it.
   */
  cursorAt(field: Field, index: number): string {
    return index === 0
      ? this.#backend.getCursor(this.#ids[field], "start")
      : this.#backend.getCursor(this.#ids[field], index - 1, undefined, "before");
  }

  /** The offset of a cursor, or null if it names a character that has not arrived here yet. */
  indexOfCursor(field: Field, cursor: string): number | null {
    try {
      const id = this.#ids[field];
      const index = this.#backend.getCursorPosition(id, cursor);
      if (cursor === this.#backend.getCursor(id, "start")) return 0;
      // Step over the whole element: half of a surrogate pair is no place.
      const element = this.#backend.getWithType(id, index);
      return index + (element?.[0] === "str" ? element[1].length : 1);
    } catch {
      return null;
    }
  }

  free(): void {
    this.#backend.free();
  }
}

function cutText(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = Math.min(text.length, start + PIECE_LENGTH);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

interface MarkRange {
  name: string;
  value: unknown;
  start: number;
  end: number;
}

function cutAtMarks(run: MarkRun, marks: readonly MarkRange[]): MarkRun[] {
  const end = run.start + run.length;
  const edges = marks.flatMap((mark) => [mark.start, mark.end]);
  const inside = edges.filter((edge) => edge > run.start && edge < end);
  const cuts = [...new Set([run.start, ...inside, end])].sort((left, right) => left - right);
  return cuts.slice(0, -1).map((start, i) => {
    const over = marks.filter((mark) => mark.start <= start && mark.end > start);
    const have = marksFromSet(Object.fromEntries(over.map((mark) => [mark.name, mark.value])));
    return { start, length: (cuts[i + 1] ?? end) - start, have, want: run.want };
  });
}
