/**
 * What a person may do in a random session: each as one or two transactions on the selection at
 * hand. `test-session.ts` chooses among them.
 */
import {
  chainCommands,
  joinBackward,
  joinForward,
  splitBlock,
  toggleMark,
} from "prosemirror-commands";
import { Fragment, Slice } from "prosemirror-model";
import { type Command, TextSelection, type Transaction } from "prosemirror-state";
import type { EditorBinding } from "./binding.ts";
import {
  backspace,
  deleteForward,
  enter,
  indentBy,
  insertDivider,
  lineBreak,
  setLink,
  toggleBlock,
} from "./commands.ts";
import { bodySchema, INDENT_MAX, LIST_KINDS } from "./schema.ts";
import type { Chance } from "./test-support.ts";

export const TEXTS = [
  "a",
  "b",
  "aa",
  "mot ",
  "é",
  "e\u0301",
  "🇫🇷",
  "🇫",
  "👨‍👩‍👧‍👦",
  "👍🏽",
  "中文",
  "שלום",
  "مرحبا",
  "\n",
  "ﬁ",
  "\u200d",
  "\ufffc",
];

type Run = (command: Command) => boolean;
type Action = (
  run: Run,
  dispatch: (tr: Transaction) => void,
  binding: EditorBinding,
  chance: Chance,
) => void;

const type: Action = (_run, dispatch, { body }, chance) =>
  dispatch(body.tr.insertText(chance.pick(TEXTS)));

export const actions = {
  type,
  typeOn: type,
  typeMore: (run, dispatch, binding, chance) => {
    type(run, dispatch, binding, chance);
    type(run, dispatch, binding, chance);
  },
  split: (run) => run(splitBlock),
  join: (run) => run(chainCommands(joinBackward, joinForward)),
  backspace: (_run, dispatch, { body }) => {
    const { from, to, empty } = body.selection;
    if (!empty) dispatch(body.tr.deleteSelection());
    else {
      const { parent, parentOffset } = body.doc.resolve(from);
      const last = Array.from(parent.textContent.slice(0, parentOffset)).at(-1);
      if (last !== undefined) dispatch(body.tr.delete(from - last.length, to));
    }
  },
  remove: (_run, dispatch, { body }) => dispatch(body.tr.deleteSelection()),
  mark: (run, _dispatch, _binding, chance) => {
    const name = chance.pick(["strong", "em", "code", "strike"] as const);
    run(toggleMark(bodySchema.marks[name]));
  },
  link: (run, _dispatch, _binding, chance) =>
    run(
      toggleMark(bodySchema.marks.link, {
        href: chance.pick(["https://example.org/a", "/b", "javascript:alert(1)"]),
      }),
    ),
  kind: (_run, dispatch, { body }, chance) => {
    const kind = chance.pick([
      "paragraph",
      "heading",
      "quote",
      "code_block",
      "divider",
      ...LIST_KINDS,
    ] as const);
    const attrs = kind === "heading" ? { level: chance.below(3) + 1 } : null;
    const tr = body.tr;
    body.doc.nodesBetween(body.selection.from, body.selection.to, (node, position) => {
      if (node.isTextblock) tr.setNodeMarkup(position, bodySchema.nodes[kind], attrs);
    });
    dispatch(tr);
  },
  indent: (_run, dispatch, { body }, chance) => {
    const tr = body.tr;
    body.doc.nodesBetween(body.selection.from, body.selection.to, (node, position) => {
      if ("indent" in node.attrs)
        tr.setNodeAttribute(position, "indent", chance.below(INDENT_MAX + 1));
    });
    dispatch(tr);
  },
  tick: (_run, dispatch, { body }) => {
    const tr = body.tr;
    body.doc.forEach((node, position) => {
      if (node.type === bodySchema.nodes.todo)
        tr.setNodeAttribute(position, "done", !node.attrs.done);
    });
    dispatch(tr);
  },
  paste: (_run, dispatch, { body }, chance) => {
    const blocks = Array.from({ length: chance.below(4) + 1 }, () => {
      const marks = chance.percent(40) ? [bodySchema.marks.em.create()] : [];
      const content = chance.percent(20)
        ? []
        : [bodySchema.text(chance.pick(TEXTS) + chance.pick(TEXTS), marks)];
      return bodySchema.nodes[chance.pick(["paragraph", "bullet", "heading"] as const)].create(
        null,
        content,
      );
    });
    const open = chance.below(2);
    dispatch(body.tr.replaceSelection(new Slice(Fragment.from(blocks), open, open)));
  },
  move: (_run, dispatch, { body }, chance) => {
    const slice = body.selection.content();
    const tr = body.tr.deleteSelection();
    const target = TextSelection.near(tr.doc.resolve(chance.below(tr.doc.content.size + 1)));
    dispatch(tr.setSelection(target).replaceSelection(slice));
  },
  enter: (run) => run(enter),
  enterAgain: (run) => run(chainCommands(enter, lineBreak)),
  erase: (run) => run(chainCommands(backspace, deleteForward)),
  tab: (run, _dispatch, _binding, chance) => run(indentBy(chance.pick([1, -1]))),
  list: (run, _dispatch, _binding, chance) =>
    run(toggleBlock(bodySchema.nodes[chance.pick(LIST_KINDS)])),
  relink: (run, _dispatch, _binding, chance) => run(setLink(chance.pick([null, "/c", "/d"]))),
  rule: (run) => run(insertDivider),
  dropFirst: (_run, dispatch, { body }) => {
    if (body.doc.childCount > 1) dispatch(body.tr.delete(0, body.doc.child(0).nodeSize));
  },
} satisfies Record<string, Action>;

export const ACTION_NAMES: ("undo" | "redo" | "title" | keyof typeof actions)[] = [
  "undo",
  "undo",
  "redo",
  "title",
  "type",
  "type",
  "split",
  ...(Object.keys(actions) as (keyof typeof actions)[]),
];
