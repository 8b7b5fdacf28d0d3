/** The editor on a page: what the handle promises, with real views in jsdom. */
import * as Automerge from "@automerge/automerge/slim";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  actorOf,
  emptyPage,
  labels,
  loadAutomergeForTests,
  standInForLayout,
} from "./test-support.ts";
import { createEditor, type EditorHandle, type EditorOptions } from "./view.ts";

beforeAll(() => {
  standInForLayout();
  return loadAutomergeForTests();
});

let host: HTMLElement;

beforeEach(() => {
  document.body.replaceChildren();
  host = document.body.appendChild(document.createElement("div"));
});

function open(peer = 0, options: Partial<EditorOptions> = {}) {
  const sent: Uint8Array[] = [];
  const own = host.appendChild(document.createElement("div"));
  const editor = createEditor(own, {
    saved: emptyPage(),
    actor: actorOf(0, peer),
    onChanges: (changes) => sent.push(...changes),
    onSelection: () => {},
    editable: true,
    labels,
    ...options,
  });
  const body = own.querySelector<HTMLElement>(".editor-body");
  const title = own.querySelector<HTMLElement>(".editor-title");
  if (body === null || title === null) throw new Error("the editor drew no fields");
  return { editor, sent, body, title };
}

/** Writes as pasting does: the way that works without a layout. */
function write(field: HTMLElement, html: string): void {
  const event = new Event("paste", { bubbles: true, cancelable: true });
  Object.assign(event, {
    clipboardData: { getData: (kind: string) => (kind === "text/html" ? html : "") },
  });
  field.dispatchEvent(event);
}

function key(field: HTMLElement, name: string, options: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", {
    key: name,
    bubbles: true,
    cancelable: true,
    ...options,
  });
  return !field.dispatchEvent(event);
}

const shown = (body: HTMLElement) =>
  Array.from(body.children, (block) => [
    (block as HTMLElement).dataset.block,
    (block.querySelector("p") ?? block).textContent,
  ]);

describe("handle", () => {
  test("what one writes is sent at once and shown to the other", () => {
    const one = open(0);
    const other = open(1);
    write(one.body, "<h1>Plan</h1><p>Le <b>collège</b></p>");
    expect(one.sent).toHaveLength(1);
    other.editor.applyRemote(one.sent);
    other.editor.flush();
    expect(shown(other.body)).toEqual([
      ["heading", "Plan"],
      ["paragraph", "Le collège"],
    ]);
    expect(other.body.querySelector("strong")?.textContent).toBe("collège");
    expect(other.editor.heads()).toEqual(one.editor.heads());
    expect(other.sent).toEqual([]);
  });

  test("the title is one line of bare text, shared like the body", () => {
    const one = open(0);
    const other = open(1);
    write(one.title, "<b>Plan</b>\n<i>de phasage</i>");
    other.editor.applyRemote(one.sent);
    expect(other.title.textContent).toBe("Plan de phasage");
  });

  test("undo takes back one's own words and leaves those of others", () => {
    const one = open(0);
    const other = open(1);
    write(one.body, "<p>mien</p>");
    other.editor.applyRemote(one.sent);
    other.editor.flush();
    const before = other.sent.length;
    write(other.body, "<p>autre </p><p>bloc</p>");
    one.editor.applyRemote(other.sent.slice(before));
    one.editor.flush();
    expect(one.editor.state().canUndo).toBe(true);
    one.editor.commands.undo();
    expect(one.body.textContent).not.toContain("mien");
    expect(one.body.textContent).toContain("autre");
    one.editor.commands.redo();
    expect(one.body.textContent).toContain("mien");
  });

  test("listeners hear of a changed toolbar, and only then", () => {
    const { editor } = open();
    let heard = 0;
    const stop = editor.subscribe(() => {
      heard += 1;
    });
    const before = editor.state();
    editor.commands.heading(2);
    expect(heard).toBeGreaterThan(0);
    expect(editor.state()).not.toBe(before);
    expect(editor.state()).toMatchObject({ block: "heading", level: 2 });
    const after = editor.state();
    editor.applyRemote([]);
    expect(editor.state()).toBe(after);
    stop();
  });

  test("what cannot be changed is not changed", () => {
    const { editor, sent, body } = open(0, { editable: false });
    expect(editor.commands.heading(1)).toBe(false);
    expect(body.getAttribute("aria-readonly")).toBe("true");
    editor.setEditable(true);
    expect(editor.commands.heading(1)).toBe(true);
    expect(sent).toHaveLength(1);
    expect(body.getAttribute("aria-readonly")).toBe("false");
  });

  test("after destroy nothing is left on the page, and late calls do no harm", () => {
    const one = open(0);
    const other = open(1);
    write(one.body, "<p>a</p>");
    other.editor.destroy();
    other.editor.destroy();
    other.editor.applyRemote(one.sent);
    other.editor.setPresence([]);
    expect(other.editor.commands.undo()).toBe(false);
    expect(other.body.isConnected).toBe(false);
    expect(host.querySelectorAll(".editor-body, .editor-title, .editor-hint")).toHaveLength(3);
  });

  test("a page without its genesis change is refused in words", async () => {
    const saved = Automerge.save(Automerge.init());
    expect(() => open(0, { saved })).toThrow(/genesis change is missing/);
  });
});

describe("keyboard and reading aloud", () => {
  test("fields have names, and the way out is said", () => {
    const { body, title } = open();
    expect(body.getAttribute("aria-label")).toBe(labels.body);
    expect(title.getAttribute("role")).toBe("textbox");
    const hint = document.getElementById(body.getAttribute("aria-describedby") ?? "");
    expect(hint?.textContent).toBe(labels.leaveHint);
  });

  test("Tab moves list items; after Escape it leaves the editor", () => {
    const { editor, body } = open();
    expect(key(body, "Tab")).toBe(false);
    editor.commands.bulletList();
    expect(key(body, "Tab")).toBe(true);
    key(body, "Escape");
    expect(key(body, "Tab")).toBe(false);
    expect(key(body, "Shift", { shiftKey: true })).toBe(false);
    expect(key(body, "Tab", { shiftKey: true })).toBe(false);
    key(body, "a");
    expect(key(body, "Tab")).toBe(true);
  });

  test("a to-do is a check box with a name that can be pressed", () => {
    const { editor, body, sent } = open();
    write(body, "<p>Prévenir les familles</p>");
    editor.commands.todoList();
    const box = body.querySelector<HTMLButtonElement>("[role=checkbox]");
    expect(box?.getAttribute("aria-label")).toBe("Fait : Prévenir les familles");
    expect(box?.getAttribute("aria-checked")).toBe("false");
    const before = sent.length;
    box?.click();
    expect(box?.getAttribute("aria-checked")).toBe("true");
    expect(sent.length).toBe(before + 1);
    key(body, "Enter", { ctrlKey: true });
    expect(body.querySelector("[role=checkbox]")?.getAttribute("aria-checked")).toBe("false");
  });
});

describe("other people", () => {
  function withPerson(): { one: ReturnType<typeof open>; editor: EditorHandle } {
    const cursors: ({ anchor: string; head: string } | null)[] = [];
    const other = open(1, { onSelection: (cursor) => cursors.push(cursor) });
    const one = open(0);
    other.editor.focus();
    write(other.body, "<p>bonjour</p>");
    const cursor = cursors.at(-1);
    if (cursor === null || cursor === undefined) throw new Error("no cursor was given");
    const color = { field: "#d9bfe3", strong: "#6a3b82" };
    one.editor.setPresence([{ id: "k", name: "Karim, à Nantes", color, ...cursor }]);
    expect(one.body.querySelector(".person-caret")).toBeNull();
    one.editor.applyRemote(other.sent);
    one.editor.flush();
    return { one, editor: one.editor };
  }

  test("a caret appears with its text and carries the person's name and colours", () => {
    const { one } = withPerson();
    const caret = one.body.querySelector<HTMLElement>(".person-caret");
    expect(caret?.textContent).toBe("Karim, à Nantes");
    expect(caret?.getAttribute("aria-hidden")).toBe("true");
    expect(caret?.style.getPropertyValue("--person-strong")).toBe("#6a3b82");
    expect(caret?.previousSibling?.textContent).toBe("bonjour");
  });

  test("a caret goes when the person leaves", () => {
    const { one, editor } = withPerson();
    editor.setPresence([]);
    expect(one.body.querySelector(".person-caret")).toBeNull();
  });
});
