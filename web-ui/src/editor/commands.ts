/**
 * What a person can do to the body, as ProseMirror commands: for the keyboard, the input rules and
 * the handle alike. Each makes at most one transaction, hence one automerge change.
 */
import type { Node, NodeType, ResolvedPos } from "prosemirror-model";
import { type Command, NodeSelection, type Selection, TextSelection } from "prosemirror-state";
import { bodySchema, INDENT_MAX, LINK_LENGTH_MAX, LIST_KINDS } from "./schema.ts";

const { nodes, marks } = bodySchema;

export function isList(node: Node): boolean {
  return (LIST_KINDS as readonly string[]).includes(node.type.name);
}

/** The blocks a selection touches that a person may change, with their positions. */
function selectedBlocks(selection: Selection): { node: Node; position: number }[] {
  const found: { node: Node; position: number }[] = [];
  selection.$from.doc.nodesBetween(selection.from, selection.to, (node, position) => {
    if (node.isTextblock && node.type !== nodes.inert) found.push({ node, position });
    return false;
  });
  return found;
}

/** Attributes of a block that becomes `type`: lists keep their indent among themselves. */
function attrsFor(type: NodeType, node: Node, wanted: Record<string, unknown>) {
  const indent = "indent" in (type.spec.attrs ?? {}) ? { indent: node.attrs.indent ?? 0 } : {};
  return { ...indent, ...wanted };
}

export function isBlock(node: Node, type: NodeType, attrs: Record<string, unknown>): boolean {
  return (
    node.type === type && Object.entries(attrs).every(([key, value]) => node.attrs[key] === value)
  );
}

/** Makes the selected blocks `type`; if they all are already, plain paragraphs again. */
export function toggleBlock(type: NodeType, attrs: Record<string, unknown> = {}): Command {
  return (state, dispatch) => {
    const blocks = selectedBlocks(state.selection);
    if (blocks.length === 0) return false;
    const undo = blocks.every(({ node }) => isBlock(node, type, attrs));
    const tr = state.tr;
    for (const { node, position } of blocks) {
      if (undo) tr.setNodeMarkup(position, nodes.paragraph);
      else if (!isBlock(node, type, attrs)) {
        tr.setNodeMarkup(position, type, attrsFor(type, node, attrs));
      }
    }
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

/** Moves the selected list blocks in or out, at most one step deeper than the block before. */
export function indentBy(steps: 1 | -1): Command {
  return (state, dispatch) => {
    const blocks = selectedBlocks(state.selection).filter(({ node }) => isList(node));
    if (blocks.length === 0) return false;
    const tr = state.tr;
    for (const { node, position } of blocks) {
      const before = tr.doc.resolve(position).nodeBefore;
      const deepest = before !== null && isList(before) ? before.attrs.indent + 1 : 0;
      const most = Math.min(INDENT_MAX, Math.max(node.attrs.indent, deepest));
      const indent = Math.max(0, Math.min(most, node.attrs.indent + steps));
      if (indent !== node.attrs.indent) tr.setNodeAttribute(position, "indent", indent);
    }
    if (tr.docChanged) dispatch?.(tr.scrollIntoView());
    // True even if nothing moved: in a list the key means this, and Escape gives it back.
    return true;
  };
}

/** Ticks or unticks the selected to-do blocks, or the one at `position`. */
export function toggleTodo(position?: number): Command {
  return (state, dispatch) => {
    const at = position === undefined ? null : state.doc.nodeAt(position);
    const blocks =
      at !== null && position !== undefined
        ? [{ node: at, position }]
        : selectedBlocks(state.selection);
    const todos = blocks.filter(({ node }) => node.type === nodes.todo);
    if (todos.length === 0) return false;
    const done = todos.some(({ node }) => !node.attrs.done);
    const tr = state.tr;
    for (const todo of todos) tr.setNodeAttribute(todo.position, "done", done);
    dispatch?.(tr);
    return true;
  };
}

/** What follows a block that is split at its end, or the second half of one split inside. */
function following($from: ResolvedPos): { type: NodeType; attrs: Record<string, unknown> } {
  const { parent, parentOffset } = $from;
  if (isList(parent)) return { type: parent.type, attrs: { indent: parent.attrs.indent } };
  const atEnd = parentOffset === parent.content.size;
  const goesOn = parent.type === nodes.quote || (parent.type === nodes.heading && !atEnd);
  return goesOn ? { type: parent.type, attrs: parent.attrs } : { type: nodes.paragraph, attrs: {} };
}

/** Enter: a new block; an empty list item or quote becomes a paragraph instead. */
export const enter: Command = (state, dispatch) => {
  const { selection } = state;
  if (!(selection instanceof TextSelection)) return false;
  const { parent } = selection.$from;
  if (parent.type === nodes.code_block) return enterInCode(state, dispatch);
  const empty = selection.empty && parent.content.size === 0;
  if (empty && (isList(parent) || parent.type === nodes.quote)) {
    dispatch?.(state.tr.setNodeMarkup(selection.$from.before(), nodes.paragraph).scrollIntoView());
    return true;
  }
  const tr = state.tr.deleteSelection();
  const { $from } = tr.selection;
  const next = following($from);
  const stored = state.storedMarks ?? $from.marks();
  tr.split($from.pos, 1, [next]);
  // At the start of a heading the new, empty line above is plain text.
  const headingStart = $from.parent.type === nodes.heading && $from.parentOffset === 0;
  if (headingStart && $from.parent.content.size > 0) {
    tr.setNodeMarkup($from.before(), nodes.paragraph);
  }
  dispatch?.(tr.ensureMarks(stored).scrollIntoView());
  return true;
};

/** In code Enter writes a line break; on an empty last line it leaves the block. */
const enterInCode: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  const atEnd = empty && $from.parentOffset === $from.parent.content.size;
  if (!atEnd || !$from.parent.textContent.endsWith("\n")) {
    dispatch?.(state.tr.insertText("\n").scrollIntoView());
    return true;
  }
  const tr = state.tr.delete($from.pos - 1, $from.pos);
  tr.split($from.pos - 1, 1, [{ type: nodes.paragraph }]);
  dispatch?.(tr.scrollIntoView());
  return true;
};

export const lineBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.insertText("\n").scrollIntoView());
  return true;
};

function isEmptyDivider(node: Node): boolean {
  return node.type === nodes.divider && node.content.size === 0;
}

/** Backspace at the start of a block: out one step, else a paragraph, else joined to the one before. */
export const backspace: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || !(state.selection instanceof TextSelection) || $from.parentOffset > 0) return false;
  const { parent } = $from;
  const start = $from.before();
  if (isList(parent) && parent.attrs.indent > 0) return indentBy(-1)(state, dispatch);
  if (parent.type !== nodes.paragraph) {
    dispatch?.(state.tr.setNodeMarkup(start, nodes.paragraph).scrollIntoView());
    return true;
  }
  const before = state.doc.resolve(start).nodeBefore;
  if (before === null) return true;
  const tr = state.tr;
  if (isEmptyDivider(before)) tr.delete(start - before.nodeSize, start);
  else if (before.type === nodes.inert) {
    tr.setSelection(NodeSelection.create(state.doc, start - before.nodeSize));
  } else tr.join(start);
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** Delete at the end of a block: the mirror of `backspace`. */
export const deleteForward: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || !(state.selection instanceof TextSelection)) return false;
  if ($from.parentOffset < $from.parent.content.size) return false;
  const end = $from.after();
  const after = state.doc.resolve(end).nodeAfter;
  if (after === null) return true;
  const tr = state.tr;
  if (isEmptyDivider(after)) tr.delete(end, end + after.nodeSize);
  else if (after.type === nodes.inert) tr.setSelection(NodeSelection.create(state.doc, end));
  else tr.join(end);
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** A rule below the current block and a paragraph to go on in. */
export const insertDivider: Command = (state, dispatch) => {
  const { $to } = state.selection;
  const after = $to.depth === 0 ? $to.pos : $to.after(1);
  const tr = state.tr.insert(after, [nodes.divider.create(), nodes.paragraph.create()]);
  dispatch?.(tr.setSelection(TextSelection.create(tr.doc, after + 3)).scrollIntoView());
  return true;
};

/** The whole link around the caret, for changing or removing it without selecting it. */
function linkAround($at: ResolvedPos): { from: number; to: number; href: string } | null {
  const link = [$at.nodeAfter, $at.nodeBefore]
    .map((node) => (node === null ? undefined : marks.link.isInSet(node.marks)))
    .find((mark) => mark !== undefined);
  if (link === undefined) return null;
  let from = $at.pos;
  let to = $at.pos;
  // Pieces of one link touch each other; those that touch the caret are the ones meant.
  $at.parent.forEach((inline, offset) => {
    const start = $at.start() + offset;
    if (!link.isInSet(inline.marks) || start > to) return;
    if (start + inline.nodeSize >= $at.pos) to = start + inline.nodeSize;
  });
  for (let i = $at.parent.childCount - 1, end = $at.end(); i >= 0; i--) {
    const inline = $at.parent.child(i);
    if (link.isInSet(inline.marks) && end >= from && end - inline.nodeSize < from) {
      from = end - inline.nodeSize;
    }
    end -= inline.nodeSize;
  }
  return { from, to, href: link.attrs.href };
}

export function linkHref(selection: Selection): string | null {
  if (selection.empty) return linkAround(selection.$from)?.href ?? null;
  let href: string | null = null;
  selection.$from.doc.nodesBetween(selection.from, selection.to, (node) => {
    href ??= marks.link.isInSet(node.marks)?.attrs.href ?? null;
  });
  return href;
}

/** Links the selection, or the link around the caret, or inserts the address itself; null unlinks. */
export function setLink(href: string | null): Command {
  return (state, dispatch) => {
    const { selection } = state;
    if (!(selection instanceof TextSelection)) return false;
    if (href !== null && href.length > LINK_LENGTH_MAX) return false;
    const range = selection.empty ? linkAround(selection.$from) : selection;
    const tr = state.tr;
    if (range === null) {
      if (href === null || href === "") return false;
      tr.replaceSelectionWith(bodySchema.text(href, [marks.link.create({ href })]), false);
    } else {
      tr.removeMark(range.from, range.to, marks.link);
      if (href !== null && href !== "") {
        tr.addMark(range.from, range.to, marks.link.create({ href }));
      }
    }
    if (tr.docChanged) dispatch?.(tr.scrollIntoView());
    return true;
  };
}
