/**
 * The operations an edit is made of, as data, in offsets of the automerge text. They are applied
 * in order, each offset counted after the ones before it. `page-document.ts` applies them to
 * automerge, `remote.ts` to ProseMirror; `diff.ts` makes them.
 */
import type { Mark, Node } from "prosemirror-model";
import { markValue } from "./blocks.ts";
import { MARK_NAMES, type MarkName } from "./schema.ts";

/** A block to make or to become: only its type and attributes count, never its content. */
export type BlockShape = Node;

export type Op =
  /** Removes `remove` UTF-16 units, all inside one block, then inserts `text`. */
  | { op: "splice"; index: number; remove: number; text: string }
  | { op: "split"; index: number; block: BlockShape }
  | { op: "join"; index: number }
  | { op: "update"; index: number; block: BlockShape }
  | { op: "mark"; start: number; end: number; name: MarkName; value: string | true }
  | { op: "unmark"; start: number; end: number; name: MarkName };

/** A run of text after the text operations: the marks it has and the marks it must have. */
export interface MarkRun {
  start: number;
  length: number;
  have: readonly Mark[];
  want: readonly Mark[];
}

/** The fewest mark operations that turn `have` into `want`; runs are in order of `start`. */
export function markOps(runs: readonly MarkRun[]): Op[] {
  const ops: Op[] = [];
  for (const name of MARK_NAMES) {
    let open: { start: number; end: number; value: string | true | null } | undefined;
    const close = () => {
      if (open === undefined) return;
      const { start, end, value } = open;
      ops.push(
        value === null
          ? { op: "unmark", start, end, name }
          : { op: "mark", start, end, name, value },
      );
      open = undefined;
    };
    for (const run of runs) {
      const want = markValue(run.want, name);
      if (want === markValue(run.have, name)) continue;
      const end = run.start + run.length;
      if (open !== undefined && open.end === run.start && open.value === want) open.end = end;
      else {
        close();
        open = { start: run.start, end, value: want };
      }
    }
    close();
  }
  return ops;
}
