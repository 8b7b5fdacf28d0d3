// @vitest-environment node
/**
 * What each edit becomes in automerge, as data: the body before, the edit, the operations of the
 * one change it makes, the body after.
 */

import * as Automerge from "@automerge/automerge/slim";
import { toggleMark } from "prosemirror-commands";
import type { Command } from "prosemirror-state";
import { beforeAll, describe, expect, test } from "vitest";
import { render } from "./blocks.ts";
import { backspace, enter, indentBy, setLink, toggleBlock, toggleTodo } from "./commands.ts";
import { bodySchema, titleSchema } from "./schema.ts";
import { insert, openPage, paragraph, remove, type Span } from "./test-page.ts";
import { actorOf, loadAutomergeForTests, written } from "./test-support.ts";

beforeAll(() => loadAutomergeForTests());

const { nodes, marks } = bodySchema;
const GENESIS = "0".repeat(32);

/** The operations of a change in a short form: what, on which object, with which value. */
function operations(change: Uint8Array | undefined): string[] {
  if (change === undefined) return [];
  return Automerge.decodeChange(change).ops.map((op) => {
    const where = op.obj.endsWith(GENESIS) ? (op.obj.startsWith("1@") ? "title" : "body") : op.key;
    const set = "insert" in op && op.insert === true ? "insert" : "set";
    const action = op.action === "makeMap" ? "block" : op.action === "set" ? set : op.action;
    return [action, where, op.value === undefined ? undefined : JSON.stringify(op.value)]
      .filter((part) => part !== undefined)
      .join(" ");
  });
}

interface Case {
  name: string;
  before: Span[];
  /** Caret or selection, in ProseMirror positions. */
  at: [number, number?];
  edit: Command;
  ops: string[];
  after: string[];
}

const CASES: Case[] = [
  {
    name: "typing in an empty page inserts one character, and no marker",
    before: [],
    at: [1],
    edit: insert("a"),
    ops: ['insert body "a"'],
    after: ["paragraph: a"],
  },
  {
    name: "typing inside a block",
    before: [paragraph, "ac"],
    at: [2],
    edit: insert("b"),
    ops: ['insert body "b"'],
    after: ["paragraph: abc"],
  },
  {
    name: "a joined emoji goes code point by code point, none of them halved",
    before: [paragraph, "a👨‍👩‍👧b"],
    at: [2, 10],
    edit: remove,
    ops: ["del body", "del body", "del body", "del body", "del body"],
    after: ["paragraph: ab"],
  },
  {
    name: "one flag for another keeps the half they share",
    before: [paragraph, "🇫🇷"],
    at: [1, 5],
    edit: insert("🇫🇮"),
    ops: ['insert body "🇮"', "del body"],
    after: ["paragraph: 🇫🇮"],
  },
  {
    name: "an accent written apart from its letter is removed alone",
    before: [paragraph, "e\u0301t"],
    at: [2, 3],
    edit: remove,
    ops: ["del body"],
    after: ["paragraph: et"],
  },
  {
    name: "Enter inserts one marker of scalars",
    before: [paragraph, "ab"],
    at: [2],
    edit: enter,
    ops: ["block body", 'set type "paragraph"'],
    after: ["paragraph: a", "paragraph: b"],
  },
  {
    name: "Enter in the text before the first marker leaves that text alone",
    before: ["ab"],
    at: [2],
    edit: enter,
    ops: ["block body", 'set type "paragraph"'],
    after: ["paragraph: a", "paragraph: b"],
  },
  {
    name: "Enter in an empty page gives both lines a marker",
    before: [],
    at: [1],
    edit: enter,
    ops: ["block body", 'set type "paragraph"', "block body", 'set type "paragraph"'],
    after: ["paragraph:", "paragraph:"],
  },
  {
    name: "Enter in a to-do makes one that is not done",
    before: [{ type: "todo", indent: 1, done: true }, "ab"],
    at: [3],
    edit: enter,
    ops: ["block body", 'set type "todo"', "set indent 1", "set done false"].sort(),
    after: ["todo indent=1 done=true: ab", "todo indent=1 done=false:"],
  },
  {
    name: "Enter in an empty list item changes its kind, and drops what belonged to it",
    before: [{ type: "bullet", indent: 2 }],
    at: [1],
    edit: enter,
    ops: ["del indent", 'set type "paragraph"'],
    after: ["paragraph:"],
  },
  {
    name: "Backspace at the start of a paragraph removes its marker",
    before: [paragraph, "a", paragraph, "b"],
    at: [4],
    edit: backspace,
    ops: ["del body"],
    after: ["paragraph: ab"],
  },
  {
    name: "deleting across blocks removes the text and the markers between",
    before: [paragraph, "ab", { type: "heading", level: 2 }, "cd", paragraph, "ef"],
    at: [2, 10],
    edit: remove,
    ops: Array.from({ length: 6 }, () => "del body"),
    after: ["paragraph: af"],
  },
  {
    name: "a heading is the same marker with another kind",
    before: [paragraph, "ab"],
    at: [1],
    edit: toggleBlock(nodes.heading, { level: 2 }),
    ops: ["set level 2", 'set type "heading"'],
    after: ["heading level=2: ab"],
  },
  {
    name: "text before the first marker gets a marker when it becomes a list",
    before: ["ab"],
    at: [1],
    edit: toggleBlock(nodes.bullet),
    ops: ["block body", "set indent 0", 'set type "bullet"'],
    after: ["bullet indent=0: ab"],
  },
  {
    name: "indenting sets one number",
    before: [{ type: "bullet", indent: 0 }, "a", { type: "bullet", indent: 0 }, "b"],
    at: [4],
    edit: indentBy(1),
    ops: ["set indent 1"],
    after: ["bullet indent=0: a", "bullet indent=1: b"],
  },
  {
    name: "ticking sets one truth",
    before: [{ type: "todo", indent: 0, done: false }, "a"],
    at: [1],
    edit: toggleTodo(),
    ops: ["set done true"],
    after: ["todo indent=0 done=true: a"],
  },
  {
    name: "bold is one mark over the selection",
    before: [paragraph, "abc"],
    at: [2, 4],
    edit: toggleMark(marks.strong),
    ops: ["markBegin body true", "markEnd body"],
    after: ["paragraph: a<strong>bc</strong>"],
  },
  {
    name: "a link is a mark with the address as its value",
    before: [paragraph, "abc"],
    at: [1, 4],
    edit: setLink("https://example.org/"),
    ops: ['markBegin body "https://example.org/"', "markEnd body"],
    after: ["paragraph: <link>abc</link>"],
  },
];

describe("an edit is one change with the fewest operations", () => {
  test.each(CASES)("$name", ({ before, at, edit, ops, after }) => {
    const page = openPage(before);
    page.select(...at);
    expect(page.run(edit)).toBe(true);
    expect(page.changes).toHaveLength(1);
    expect(operations(page.changes[0]).sort()).toEqual([...ops].sort());
    expect(written(page.binding.body.doc)).toEqual(after);
    expect(written(render(page.binding.document.bodySpans()).doc)).toEqual(after);
  });

  test("moving the caret makes no change", () => {
    const page = openPage([paragraph, "abc"]);
    page.select(2, 3);
    expect(page.changes).toEqual([]);
  });

  test("text typed after bold text is bold without a mark of its own, after a link it is no link", () => {
    const page = openPage([paragraph, "ab"]);
    page.select(1, 3);
    page.run(toggleMark(marks.strong));
    page.select(3);
    page.run(insert("c"));
    expect(operations(page.changes.at(-1))).toEqual(['insert body "c"']);
    page.select(1, 4);
    page.run(setLink("/x"));
    page.select(4);
    page.run(insert("d"));
    expect(operations(page.changes.at(-1))).toEqual(['insert body "d"']);
    expect(written(page.binding.body.doc)).toEqual([
      "paragraph: <link><strong>abc</strong></link><strong>d</strong>",
    ]);
  });

  test("the change carries the actor it was given, no message and no time of its own", () => {
    const page = openPage([], 3);
    page.run(insert("a"));
    const change = Automerge.decodeChange(page.changes[0] ?? new Uint8Array());
    expect(change).toMatchObject({ actor: actorOf(9, 3), message: null, time: 0 });
  });

  test("the title is spliced, code point by code point", () => {
    const page = openPage([], 0, "Plan 🇫🇷");
    const { doc } = page.binding.title;
    const tr = page.binding.title.tr.replaceWith(7, doc.content.size, titleSchema.text("🇮"));
    page.binding.dispatch("title", tr);
    expect(operations(page.changes[0]).sort()).toEqual(["del title", 'insert title "🇮"']);
    expect(page.binding.document.title()).toBe("Plan 🇫🇮");
  });
});
