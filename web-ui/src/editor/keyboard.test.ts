// @vitest-environment node
/** Commands, keys and typed shortcuts as data: blocks before, what is done, blocks after. */
import type { Node } from "prosemirror-model";
import { type Command, EditorState, TextSelection } from "prosemirror-state";
import { describe, expect, test } from "vitest";
import {
  backspace,
  deleteForward,
  enter,
  indentBy,
  insertDivider,
  linkHref,
  setLink,
  toggleBlock,
} from "./commands.ts";
import { bodySchema } from "./schema.ts";
import { written } from "./test-support.ts";

const { nodes, marks } = bodySchema;

/** `|` in the text of a block is the caret; two of them are the ends of a selection. */
function stateOf(blocks: Node[]): EditorState {
  const doc = nodes.doc.create(null, blocks);
  const carets: number[] = [];
  let state = EditorState.create({ doc });
  const tr = state.tr;
  doc.descendants((node, position) => {
    for (let i = 0; i < (node.text?.length ?? 0); i++) {
      if (node.text?.[i] !== "|") continue;
      const at = position + i - carets.length;
      tr.delete(at, at + 1);
      carets.push(at);
    }
  });
  const [anchor = 1, head = anchor] = carets;
  state = state.apply(tr);
  return state.apply(state.tr.setSelection(TextSelection.create(state.doc, anchor, head)));
}

function block(line: string): Node {
  const [, kind = "", attrs = "", text = ""] = /^(\w+)((?: \w+=\w+)*): ?(.*)$/s.exec(line) ?? [];
  const pairs = attrs.trim() === "" ? [] : attrs.trim().split(" ");
  const values = pairs.map((pair) => {
    const [key = "", value = ""] = pair.split("=");
    return [key, JSON.parse(value)];
  });
  const content = text === "" ? [] : [bodySchema.text(text)];
  const type = bodySchema.nodes[kind as keyof typeof nodes];
  if (type === undefined) throw new Error(`no such block: ${line}`);
  return type.create(Object.fromEntries(values), content);
}

const CASES: [name: string, before: string[], command: Command, after: string[]][] = [
  [
    "Enter at the end of a heading goes on in a paragraph",
    ["heading level=1: ab|"],
    enter,
    ["heading level=1: ab", "paragraph: |"],
  ],
  [
    "Enter inside a heading makes two",
    ["heading level=2: a|b"],
    enter,
    ["heading level=2: a", "heading level=2: |b"],
  ],
  [
    "Enter before a heading leaves a plain line above",
    ["heading level=1: |ab"],
    enter,
    ["paragraph:", "heading level=1: |ab"],
  ],
  [
    "Enter in a list goes on with it",
    ["bullet indent=1: ab|"],
    enter,
    ["bullet indent=1: ab", "bullet indent=1: |"],
  ],
  ["Enter in an empty list item ends the list", ["bullet indent=1: |"], enter, ["paragraph: |"]],
  [
    "Enter over a selection replaces it",
    ["paragraph: a|b", "paragraph: c|d"],
    enter,
    ["paragraph: a", "paragraph: |d"],
  ],
  ["Enter in code is a line break", ["code_block: a|b"], enter, ["code_block: a\n|b"]],
  [
    "Enter on an empty last line of code leaves it",
    ["code_block: a\n|"],
    enter,
    ["code_block: a", "paragraph: |"],
  ],
  [
    "Backspace before a list item moves it out",
    ["ordered indent=2: |a"],
    backspace,
    ["ordered indent=1: |a"],
  ],
  [
    "Backspace before an outer list item makes a paragraph",
    ["bullet indent=0: |a"],
    backspace,
    ["paragraph: |a"],
  ],
  [
    "Backspace before a heading makes a paragraph",
    ["paragraph: a", "heading level=1: |b"],
    backspace,
    ["paragraph: a", "paragraph: |b"],
  ],
  [
    "Backspace before a paragraph joins it",
    ["heading level=1: a", "paragraph: |b"],
    backspace,
    ["heading level=1: a|b"],
  ],
  [
    "Backspace after a rule removes the rule",
    ["divider:", "paragraph: |b"],
    backspace,
    ["paragraph: |b"],
  ],
  ["Backspace at the very start does nothing", ["paragraph: |b"], backspace, ["paragraph: |b"]],
  [
    "Delete at the end joins what follows",
    ["paragraph: a|", "bullet indent=0: b"],
    deleteForward,
    ["paragraph: a|b"],
  ],
  [
    "Delete before a rule removes the rule",
    ["paragraph: a|", "divider:"],
    deleteForward,
    ["paragraph: a|"],
  ],
  [
    "Tab goes one deeper than the item before",
    ["bullet indent=0: a", "bullet indent=0: |b"],
    indentBy(1),
    ["bullet indent=0: a", "bullet indent=1: |b"],
  ],
  [
    "Tab does not skip a depth",
    ["bullet indent=0: a", "bullet indent=1: |b"],
    indentBy(1),
    ["bullet indent=0: a", "bullet indent=1: |b"],
  ],
  [
    "the first item has nothing to go below",
    ["bullet indent=0: |a"],
    indentBy(1),
    ["bullet indent=0: |a"],
  ],
  [
    "a kind is put on all selected blocks",
    ["paragraph: a|b", "quote: c|d"],
    toggleBlock(nodes.todo),
    ["todo indent=0 done=false: a|b", "todo indent=0 done=false: c|d"],
  ],
  [
    "a kind that all have is taken off",
    ["bullet indent=1: a|b", "bullet indent=0: c|d"],
    toggleBlock(nodes.bullet),
    ["paragraph: a|b", "paragraph: c|d"],
  ],
  [
    "a list that becomes another keeps its depth",
    ["bullet indent=2: a|"],
    toggleBlock(nodes.ordered),
    ["ordered indent=2: a|"],
  ],
  [
    "a rule comes below, with a line to go on",
    ["paragraph: a|b"],
    insertDivider,
    ["paragraph: ab", "divider:", "paragraph: |"],
  ],
];

describe("commands", () => {
  test.each(CASES)("%s", (_name, before, command, after) => {
    let state = stateOf(before.map(block));
    expect(
      command(state, (tr) => {
        state = state.apply(tr);
      }),
    ).toBe(true);
    const expected = stateOf(after.map(block));
    expect(written(state.doc)).toEqual(written(expected.doc));
    expect([state.selection.from, state.selection.to]).toEqual([
      expected.selection.from,
      expected.selection.to,
    ]);
    state.doc.check();
  });

  test("Tab outside of a list is the browser's", () => {
    const state = stateOf([block("paragraph: |a")]);
    expect(indentBy(1)(state, () => {})).toBe(false);
  });

  test("a link is changed and removed from a caret inside it", () => {
    const link = marks.link.create({ href: "/a" });
    const content = [
      bodySchema.text("avant "),
      bodySchema.text("li", [link]),
      bodySchema.text("en", [link, marks.strong.create()]),
      bodySchema.text(" après"),
    ];
    let state = EditorState.create({
      doc: nodes.doc.create(null, nodes.paragraph.create(null, content)),
    });
    const dispatch = (tr: typeof state.tr) => {
      state = state.apply(tr);
    };
    dispatch(state.tr.setSelection(TextSelection.create(state.doc, 8)));
    expect(linkHref(state.selection)).toBe("/a");
    setLink("/b")(state, dispatch);
    expect(linkHref(state.selection)).toBe("/b");
    expect(written(state.doc)).toEqual([
      "paragraph: avant <link>li</link><link><strong>en</strong></link> après",
    ]);
    setLink(null)(state, dispatch);
    expect(linkHref(state.selection)).toBeNull();
    expect(written(state.doc)).toEqual(["paragraph: avant li<strong>en</strong> après"]);
  });
});
