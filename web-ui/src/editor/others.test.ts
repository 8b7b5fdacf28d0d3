// @vitest-environment node
/** Two editors on one page: what each keeps of what it does not know, and shows of the other. */
import * as Automerge from "@automerge/automerge/slim";
import { redo, undo } from "prosemirror-history";
import { beforeAll, describe, expect, test } from "vitest";
import { backspace, enter } from "./commands.ts";
import { bodySchema } from "./schema.ts";
import { insert, openPage, paragraph, remove, type Span } from "./test-page.ts";
import { loadAutomergeForTests, written } from "./test-support.ts";

const { nodes } = bodySchema;

beforeAll(() => loadAutomergeForTests());

describe("what is not known here is kept", () => {
  test("an unknown kind is shown with its text and its marker is not touched", () => {
    const page = openPage([{ type: "table", rows: 2 }, "cell", paragraph, "b"]);
    expect(page.binding.body.doc.child(0).type).toBe(nodes.inert);
    page.select(page.binding.body.doc.content.size - 1);
    page.run(insert("!"));
    const [marker] = page.binding.document.bodySpans();
    expect(JSON.parse(JSON.stringify(marker))).toEqual({
      type: "block",
      value: { type: "table", rows: 2 },
    });
  });

  test("out-of-range numbers are shown in range and not rewritten", () => {
    const page = openPage([
      { type: "heading", level: 12 },
      "a",
      { type: "bullet", indent: -3 },
      "b",
    ]);
    expect(written(page.binding.body.doc)).toEqual(["heading level=3: a", "bullet indent=0: b"]);
    page.select(2);
    page.run(insert("!"));
    const [first, second] = page.binding.document.bodySpans();
    expect(JSON.parse(JSON.stringify(first))).toMatchObject({ value: { level: 12 } });
    expect(second).toMatchObject({ value: "a!" });
  });
});

describe("what others did", () => {
  function two(before: Span[]) {
    const one = openPage(before, 0);
    const other = openPage(before, 1);
    const exchange = () => {
      one.binding.applyRemote(other.changes.splice(0));
      other.binding.applyRemote(one.changes.splice(0));
      expect(one.binding.body.doc.toJSON()).toEqual(other.binding.body.doc.toJSON());
    };
    return { one, other, exchange };
  }

  test("the caret stays at its word while others write above it", () => {
    const { one, other, exchange } = two([paragraph, "aa", paragraph, "bb"]);
    one.select(6);
    other.select(1);
    other.run(insert("long "));
    other.run(enter);
    const sent = other.changes.splice(0);
    one.binding.applyRemote(sent);
    expect(one.binding.body.selection.$head.parent.textContent).toBe("bb");
    expect(one.binding.body.selection.$head.parentOffset).toBe(1);
    exchange();
  });

  test("two who split and join at once lose no text", () => {
    const { one, other, exchange } = two([paragraph, "abcd", paragraph, "ef"]);
    one.select(3);
    one.run(enter);
    other.select(7);
    other.run(backspace);
    exchange();
    expect(written(one.binding.body.doc)).toEqual(["paragraph: ab", "paragraph: cdef"]);
  });

  test("undo takes back one's own edit only, and redo brings it back", () => {
    const { one, other, exchange } = two([paragraph, "milieu"]);
    one.select(1);
    one.run(insert("début "));
    other.select(7);
    other.run(insert(" fin"));
    exchange();
    one.run(undo);
    exchange();
    expect(written(other.binding.body.doc)).toEqual(["paragraph: milieu fin"]);
    one.run(redo);
    exchange();
    expect(written(other.binding.body.doc)).toEqual(["paragraph: début milieu fin"]);
  });

  test("a cursor keeps its place through the edits of others", () => {
    const { one, other } = two([paragraph, "a😀b", paragraph, "c"]);
    const places = [1, 2, 4, 5, 7, 8];
    const cursors = places.map((position) => one.binding.cursorAt(position));
    expect(cursors.map((cursor) => other.binding.positionOfCursor(cursor))).toEqual(places);
    other.select(1);
    other.run(insert("xx"));
    const moved = cursors.map((cursor) => other.binding.positionOfCursor(cursor));
    expect(moved).toEqual([1, 4, 6, 7, 9, 10]);
    other.select(4, 7);
    other.run(remove);
    expect(other.binding.positionOfCursor(cursors[3] ?? "")).toBe(4);
    expect(other.binding.positionOfCursor("99@ffffffffffffffffffffffffffffffff")).toBeNull();
  });

  test("the last words of the text before the first marker go with their block", () => {
    const { one, other, exchange } = two(["ab", paragraph, "c"]);
    one.select(1, 2);
    one.run(remove);
    other.select(2, 3);
    other.run(remove);
    exchange();
    expect(written(one.binding.body.doc)).toEqual(["paragraph: c"]);
  });

  test("a failing write leaves page and states as they were", () => {
    const { one } = two([paragraph, "a"]);
    const failing = one.binding.document;
    const apply = failing.apply.bind(failing);
    let calls = 0;
    failing.apply = (field, op) => {
      calls += 1;
      if (calls === 2) throw new Error("no");
      apply(field, op);
    };
    one.select(2);
    const tr = one.binding.body.tr.insertText("b").split(3);
    expect(() => one.dispatch(tr)).toThrow("no");
    failing.apply = apply;
    expect(one.changes).toEqual([]);
    expect(one.binding.reconcile()).toBe(false);
    one.run(insert("c"));
    expect(written(one.binding.body.doc)).toEqual(["paragraph: ac"]);
  });

  test("a very long paste becomes several changes, each within what sites accept", () => {
    const { one, other, exchange } = two([paragraph, "avant"]);
    one.select(6);
    const text = "é🇫🇷 ".repeat(6_000);
    one.run(insert(text));
    expect(one.changes.length).toBeGreaterThan(4);
    for (const change of one.changes) {
      expect(Automerge.decodeChange(change).ops.length).toBeLessThan(10_000);
    }
    exchange();
    expect(other.binding.body.doc.textContent).toBe(`avant${text}`);
    one.run(undo);
    exchange();
    expect(other.binding.body.doc.textContent).toBe("avant");
  });
});
