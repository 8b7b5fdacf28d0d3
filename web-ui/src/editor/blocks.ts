/**
 * What automerge holds and what ProseMirror shows, as functions of each other: markers and nodes,
 * mark sets and marks, offsets in the automerge text and positions in the ProseMirror document.
 *
 * Pure: reads no document and changes none. `render` is the definition of what a page looks like;
 * every other path of the editor must end at exactly its result.
 */
import { Fragment, Mark, type Node } from "prosemirror-model";
import type { AutomergeSpan } from "./automerge-loader.ts";
import { bodySchema, HEADING_LEVEL_MAX, INDENT_MAX, MARK_NAMES, type MarkName } from "./schema.ts";

/** A body as shown. `implicit`: the first block is text before the first marker. */
export interface RenderedBody {
  doc: Node;
  implicit: boolean;
}

export type MarkerValue = string | number | boolean;
export type Marker = Record<string, MarkerValue>;

/** Keys that belong to a known kind; they are removed when a block changes to another kind. */
export const MARKER_KEYS = ["type", "level", "indent", "done"] as const;

function whole(value: unknown, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return low;
  return Math.min(high, Math.max(low, Math.trunc(value)));
}

/** A scalar string arrives as an object that wraps it; texts of other makers as plain strings. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if ("val" in value && typeof value.val === "string") return value.val;
  if (value instanceof Uint8Array) return Array.from(value);
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(plain);
  const sorted = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, plain(inner)]));
}

export function markerToNode(marker: Record<string, unknown>, inline: Fragment): Node {
  const { nodes } = bodySchema;
  switch (plain(marker.type)) {
    case "paragraph":
      return nodes.paragraph.create(null, inline);
    case "heading":
      return nodes.heading.create({ level: whole(marker.level, 1, HEADING_LEVEL_MAX) }, inline);
    case "bullet":
      return nodes.bullet.create({ indent: whole(marker.indent, 0, INDENT_MAX) }, inline);
    case "ordered":
      return nodes.ordered.create({ indent: whole(marker.indent, 0, INDENT_MAX) }, inline);
    case "todo":
      return nodes.todo.create(
        { indent: whole(marker.indent, 0, INDENT_MAX), done: marker.done === true },
        inline,
      );
    case "quote":
      return nodes.quote.create(null, inline);
    case "code":
      return nodes.code_block.create(null, inline);
    case "divider":
      return nodes.divider.create(null, inline);
    default:
      return nodes.inert.create({ raw: JSON.stringify(plain(marker)) }, inline);
  }
}

/** The marker to write for a node. Only scalars: a copied unknown block loses nested objects. */
export function nodeToMarker(node: Node): Marker {
  if (node.type === bodySchema.nodes.inert) {
    const raw: unknown = JSON.parse(node.attrs.raw);
    const entries = Object.entries(raw !== null && typeof raw === "object" ? raw : {});
    return Object.fromEntries(
      entries.filter((entry): entry is [string, MarkerValue] =>
        ["string", "number", "boolean"].includes(typeof entry[1]),
      ),
    );
  }
  const type = node.type === bodySchema.nodes.code_block ? "code" : node.type.name;
  return { type, ...node.attrs };
}

/** The marks this version shows; others stay in the document, untouched and unseen. */
export function marksFromSet(set: Record<string, unknown> | undefined): readonly Mark[] {
  if (set === undefined) return Mark.none;
  let marks: readonly Mark[] = Mark.none;
  for (const name of MARK_NAMES) {
    const value = plain(set[name]);
    if (name === "link" && typeof value === "string" && value !== "") {
      marks = bodySchema.marks.link.create({ href: value }).addToSet(marks);
    } else if (name !== "link" && value === true) {
      marks = bodySchema.marks[name].create().addToSet(marks);
    }
  }
  return marks;
}

/** The automerge value of a mark in a set, or null where the text does not carry it. */
export function markValue(marks: readonly Mark[], name: MarkName): string | true | null {
  const mark = marks.find((candidate) => candidate.type.name === name);
  if (mark === undefined) return null;
  return name === "link" ? mark.attrs.href : true;
}

export function render(spans: AutomergeSpan[]): RenderedBody {
  const blocks: Node[] = [];
  let marker: Record<string, unknown> | null = null;
  let inline: Node[] = [];
  let implicit = false;
  const close = () => {
    const content = Fragment.fromArray(inline);
    if (marker !== null) blocks.push(markerToNode(marker, content));
    else if (content.size > 0) {
      blocks.push(bodySchema.nodes.paragraph.create(null, content));
      implicit = true;
    }
    inline = [];
  };
  for (const span of spans) {
    if (span.type === "block") {
      close();
      marker = span.value;
    } else if (span.value !== "") {
      inline.push(bodySchema.text(span.value, marksFromSet(span.marks)));
    }
  }
  close();
  if (blocks.length === 0) {
    blocks.push(bodySchema.nodes.paragraph.create());
    implicit = true;
  }
  return { doc: bodySchema.nodes.doc.create(null, blocks), implicit };
}

/**
 * Whether the first block of `after`, the result of a local edit, goes on without a marker: only as
 * a paragraph that would be shown without one. No block loses a marker it has.
 */
export function staysImplicit(before: RenderedBody, after: Node): boolean {
  const first = after.child(0);
  const fewer = before.doc.childCount - after.childCount;
  if (fewer > 0 && first === before.doc.child(fewer)) return false;
  return (
    before.implicit &&
    first.type === bodySchema.nodes.paragraph &&
    (first.content.size > 0 || after.childCount === 1)
  );
}

/** Offset in the automerge text of a ProseMirror position, inside a block or between two. */
export function indexOfPosition(body: RenderedBody, position: number): number {
  // Before a position lie two tokens per closed block and one for the open one; the markers are
  // one each, less one if the first block has none.
  const block = body.doc.resolve(position).index(0);
  return Math.max(0, position - block - (body.implicit ? 1 : 0));
}

/** Offset of the marker of block `block`, or of the end of the text for the block after the last. */
export function indexOfBlock(body: RenderedBody, block: number): number {
  let index = 0;
  for (let i = 0; i < block; i++) {
    index += body.doc.child(i).content.size + (i === 0 && body.implicit ? 0 : 1);
  }
  return index;
}

/**
 * The place inside a block that an offset stands for. The offset of a marker is the end of the
 * block before it; null if there is no such block.
 */
export function positionOfIndex(body: RenderedBody, index: number): number | null {
  let start = 0;
  let position = 0;
  for (let i = 0; i < body.doc.childCount; i++) {
    const node = body.doc.child(i);
    if (!(i === 0 && body.implicit)) start += 1;
    if (index < start) return i === 0 ? null : position - 1;
    if (index <= start + node.content.size) return position + 1 + (index - start);
    start += node.content.size;
    position += node.nodeSize;
  }
  return position - 1;
}
