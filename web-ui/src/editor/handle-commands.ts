/** The commands of the handle: what a toolbar or a menu calls. Each answers whether it applied. */
import { toggleMark } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import type { Command } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { indentBy, insertDivider, setLink, toggleBlock, toggleTodo } from "./commands.ts";
import { bodySchema } from "./schema.ts";

export type EditorCommands = ReturnType<typeof createCommands>;

/** Runs a command and gives the focus back to the text: a toolbar button has taken it. */
export function run(view: EditorView, command: Command): boolean {
  const done = command(view.state, view.dispatch, view);
  view.focus();
  return done;
}

export function createCommands(
  onBody: (command: Command) => boolean,
  onUsed: (command: Command) => boolean,
  editable: () => boolean,
) {
  const { nodes, marks } = bodySchema;
  const body = (command: Command) => editable() && onBody(command);
  const used = (command: Command) => editable() && onUsed(command);
  return {
    undo: () => used(undo),
    redo: () => used(redo),
    paragraph: () => body(toggleBlock(nodes.paragraph)),
    heading: (level: 1 | 2 | 3) => body(toggleBlock(nodes.heading, { level })),
    bold: () => body(toggleMark(marks.strong)),
    italic: () => body(toggleMark(marks.em)),
    code: () => body(toggleMark(marks.code)),
    strike: () => body(toggleMark(marks.strike)),
    bulletList: () => body(toggleBlock(nodes.bullet)),
    orderedList: () => body(toggleBlock(nodes.ordered)),
    todoList: () => body(toggleBlock(nodes.todo)),
    toggleTodo: () => body(toggleTodo()),
    quote: () => body(toggleBlock(nodes.quote)),
    codeBlock: () => body(toggleBlock(nodes.code_block)),
    divider: () => body(insertDivider),
    indent: () => body(indentBy(1)),
    outdent: () => body(indentBy(-1)),
    link: (href: string | null) => body(setLink(href)),
  };
}
