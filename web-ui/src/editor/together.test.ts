/**
 * Two people in one place of one page, with real views: each goes on writing where they were, and
 * what one does never moves the other. Letters are put where a browser puts them, into the elements,
 * and ProseMirror reads them from there.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPage, paragraph, type Span } from "./test-page.ts";
import {
  actorOf,
  chanceFrom,
  labels,
  loadAutomergeForTests,
  standInForLayout,
} from "./test-support.ts";
import { createEditor, type EditorHandle } from "./view.ts";

beforeAll(() => {
  standInForLayout();
  return loadAutomergeForTests();
});

const opened: EditorHandle[] = [];
beforeEach(() => document.body.replaceChildren());
afterEach(() => {
  for (const editor of opened.splice(0)) editor.destroy();
});

/** One person at an editor. There is one focus in a document: each takes it before doing something. */
class Writer {
  readonly editor: EditorHandle;
  readonly body: HTMLElement;
  readonly title: HTMLElement;
  readonly sent: Uint8Array[] = [];

  constructor(saved: Uint8Array, peer: number) {
    const host = document.body.appendChild(document.createElement("div"));
    this.editor = createEditor(host, {
      saved,
      actor: actorOf(7, peer),
      onChanges: (changes) => this.sent.push(...changes),
      onSelection: () => {},
      editable: true,
      labels,
    });
    opened.push(this.editor);
    this.body = host.querySelector(".editor-body") as HTMLElement;
    this.title = host.querySelector(".editor-title") as HTMLElement;
  }

  /** Moves the caret as a key of the browser does: the event that says so comes later. */
  moveUnsaid(block: number, offset: number, end = offset): void {
    const [from, to] = [this.#place(block, offset), this.#place(block, end)];
    getSelection()?.setBaseAndExtent(...from, ...to);
  }

  stand(block: number, offset: number, end = offset): this {
    this.editor.focus();
    this.moveUnsaid(block, offset, end);
    document.dispatchEvent(new Event("selectionchange"));
    return this;
  }

  #place(block: number, offset: number): [Node, number] {
    const element = this.body.children[block];
    if (element === undefined) throw new Error(`no block ${block}`);
    const text = element.firstChild;
    return text instanceof Text ? [text, offset] : [element, 0];
  }

  /** Block and offset of the caret; the two ends of a selection in one block. */
  place(): number[] {
    this.editor.focus();
    const selection = getSelection();
    const blocks = Array.from(this.body.children);
    const block = blocks.findIndex((each) => each.contains(selection?.anchorNode ?? null));
    const [, anchor] = inText(selection?.anchorNode, selection?.anchorOffset);
    const [, focus] = inText(selection?.focusNode, selection?.focusOffset);
    return anchor === focus ? [block, anchor] : [block, anchor, focus];
  }

  async type(text: string): Promise<void> {
    for (const letter of text) {
      this.editor.focus();
      const [node, offset] = inText(getSelection()?.anchorNode, getSelection()?.anchorOffset);
      if (node instanceof Text) {
        node.insertData(offset, letter);
        getSelection()?.collapse(node, offset + letter.length);
      } else {
        // The first letter of an empty block takes the place of the break that held it open.
        const text = document.createTextNode(letter);
        (node as Element).replaceChildren(text);
        getSelection()?.collapse(text, letter.length);
      }
      await Promise.resolve();
    }
  }

  press(name: string, options: KeyboardEventInit = {}): void {
    this.editor.focus();
    const init = { key: name, bubbles: true, cancelable: true, ...options };
    this.body.dispatchEvent(new KeyboardEvent("keydown", init));
  }

  takeFrom(...others: Writer[]): void {
    for (const other of others) this.editor.applyRemote(other.sent.splice(0));
    this.editor.flush();
  }

  lines(): string[] {
    return Array.from(this.body.children, (block) => block.textContent ?? "");
  }
}

/** A place that may be given as «after this text» as a place in the text. */
function inText(node: Node | null = null, offset = 0): [Node | null, number] {
  if (node instanceof Text) return [node, offset];
  const before = offset > 0 ? node?.childNodes[offset - 1] : undefined;
  return before instanceof Text ? [before, before.data.length] : [node, 0];
}

function two(body: Span[], title = ""): [Writer, Writer] {
  const { saved } = openPage(body, 0, title);
  return [new Writer(saved, 1), new Writer(saved, 2)];
}

function exchange(one: Writer, other: Writer): void {
  const sent = one.sent.splice(0);
  one.takeFrom(other);
  other.editor.applyRemote(sent);
  other.editor.flush();
}

describe("what another does at my caret", () => {
  /** Where I stand, what the other does in the same place, and where I stand afterwards. */
  const CASES: [
    name: string,
    body: Span[],
    at: [block: number, offset: number],
    act: (other: Writer) => unknown,
    lines: string[],
    place: number[],
  ][] = [
    [
      "Enter at the end of my block",
      [paragraph, "abc"],
      [0, 3],
      (other) => other.press("Enter"),
      ["abc", ""],
      [0, 3],
    ],
    [
      "Enter in the middle of my block",
      [paragraph, "abc"],
      [0, 1],
      (other) => other.press("Enter"),
      ["a", "bc"],
      [0, 1],
    ],
    [
      "Enter in my empty block",
      [paragraph, "abc", paragraph],
      [1, 0],
      (other) => other.press("Enter"),
      ["abc", "", ""],
      [1, 0],
    ],
    ["Enter in an empty page", [], [0, 0], (other) => other.press("Enter"), ["", ""], [0, 0]],
    [
      "Enter and then words",
      [paragraph, "abc"],
      [0, 3],
      async (other) => {
        other.press("Enter");
        await other.type("suite");
      },
      ["abc", "suite"],
      [0, 3],
    ],
    ["a word", [paragraph, "abc"], [0, 3], (other) => other.type("de"), ["abcde"], [0, 3]],
    [
      "a letter like the one before me, where a difference cannot tell which is new",
      [paragraph, "aa"],
      [0, 1],
      (other) => other.type("aaa"),
      ["aaaaa"],
      [0, 1],
    ],
    [
      "letters like those before me, and Enter",
      [paragraph, "aa", paragraph, "aa"],
      [0, 2],
      async (other) => {
        await other.type("a");
        other.press("Enter");
        await other.type("aa");
      },
      ["aaa", "aa", "aa"],
      [0, 2],
    ],
    [
      "a heading above mine",
      [{ type: "heading", level: 1 }, "abc"],
      [0, 0],
      (other) => other.press("Enter"),
      ["", "abc"],
      [1, 0],
    ],
    [
      "my block joined to the one above",
      [paragraph, "ab", paragraph, "cd"],
      [1, 0],
      (other) => other.press("Backspace"),
      ["abcd"],
      [0, 2],
    ],
  ];

  test.each(CASES)("%s", async (_name, body, at, act, lines, place) => {
    const [me, other] = two(body);
    me.stand(...at);
    other.stand(...at);
    await act(other);
    me.takeFrom(other);
    expect(me.lines()).toEqual(lines);
    expect(me.place()).toEqual(place);
    expect(me.lines()).toEqual(other.lines());
  });

  test("what I selected stays selected, and no letter of another with it", async () => {
    const [me, other] = two([paragraph, "un mot ici"]);
    me.stand(0, 3, 6);
    await other.stand(0, 3).type("joli ");
    await other.stand(0, 11).type("s");
    me.takeFrom(other);
    expect(me.lines()).toEqual(["un joli mots ici"]);
    expect(me.place()).toEqual([0, 8, 11]);
  });

  test("bold that I switched on stays on for my next letter", async () => {
    const [me, other] = two([paragraph, "abc"]);
    me.stand(0, 3);
    me.editor.commands.bold();
    expect(me.editor.state().strong).toBe(true);
    await other.stand(0, 0).type("x");
    me.takeFrom(other);
    expect(me.editor.state().strong).toBe(true);
  });

  test("the caret in the title stays behind its own letters", async () => {
    const [me, other] = two([paragraph], "Plan");
    const titleText = (writer: Writer) => writer.title.firstChild as Text;
    const standInTitle = (writer: Writer) => {
      writer.editor.focus("title");
      getSelection()?.collapse(titleText(writer), 4);
      document.dispatchEvent(new Event("selectionchange"));
    };
    standInTitle(other);
    titleText(other).insertData(4, "n");
    await Promise.resolve();
    standInTitle(me);
    me.takeFrom(other);
    expect(me.title.textContent).toBe("Plann");
    expect(getSelection()?.anchorOffset).toBe(4);
  });
});

describe("two who write in the same place", () => {
  test("one presses Enter there: each sentence stays whole, in its own block", async () => {
    const [one, other] = two([paragraph, "Début."]);
    one.stand(0, 6);
    other.stand(0, 6);
    other.press("Enter");
    exchange(one, other);
    for (const [mine, theirs] of [..." La suite."].map((letter, i) => [letter, "Autre bloc"[i]])) {
      await one.type(mine ?? "");
      await other.type(theirs ?? "");
      exchange(one, other);
    }
    expect(one.lines()).toEqual(["Début. La suite.", "Autre bloc"]);
    expect(other.lines()).toEqual(one.lines());
  });

  test("both sentences stay whole, whenever the other's letters come", async () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const chance = chanceFrom(seed);
      const [one, other] = two([paragraph, "Début."]);
      const left = [[..."RENDEZ-VOUS"], [..."lundi matin"]];
      const writers = [one.stand(0, 6), other.stand(0, 6)];
      // Half of the time one begins with Enter, which the other does not know of yet.
      if (seed % 2 === 1) other.press("Enter");
      while (left.some((letters) => letters.length > 0)) {
        const who = chance.below(2);
        await writers[who]?.type(left[who]?.shift() ?? "");
        if (chance.percent(40)) writers[who]?.takeFrom(writers[1 - who] as Writer);
      }
      exchange(one, other);
      expect(other.lines()).toEqual(one.lines());
      const text = one.lines().join("");
      expect(["Début.RENDEZ-VOUSlundi matin", "Début.lundi matinRENDEZ-VOUS"]).toContain(text);
      for (const editor of opened.splice(0)) editor.destroy();
      document.body.replaceChildren();
    }
  });
});

describe("a key that moves the caret while changes arrive", () => {
  test("the caret goes where the key put it, not back to where it was", async () => {
    const [me, other] = two([paragraph, "abc", paragraph, "fin"]);
    me.stand(0, 1);
    await other.stand(0, 0).type("x");
    me.editor.focus();
    // Ctrl+End: the browser has moved the caret, and says so only after what arrived is drawn.
    me.moveUnsaid(1, 3);
    me.takeFrom(other);
    document.dispatchEvent(new Event("selectionchange"));
    expect(me.place()).toEqual([1, 3]);
  });

  test("so does the name of another who arrives in the same moment", () => {
    const [me] = two([paragraph, "abc", paragraph, "fin"]);
    me.stand(0, 1);
    me.moveUnsaid(1, 3);
    const color = { field: "#d9bfe3", strong: "#6a3b82" };
    const cursor = openPage([paragraph, "abc"]).binding.cursorAt(1);
    me.editor.setPresence([{ id: "k", name: "Karim", color, anchor: cursor, head: cursor }]);
    document.dispatchEvent(new Event("selectionchange"));
    expect(me.place()).toEqual([1, 3]);
    expect(me.body.querySelector(".person-label")?.textContent).toBe("Karim");
  });

  test("a letter that the browser has put is kept", async () => {
    const [me, other] = two([paragraph, "abc"]);
    await other.stand(0, 0).type("x");
    me.stand(0, 3);
    const typed = me.type("d");
    me.takeFrom(other);
    await typed;
    exchange(me, other);
    expect(me.lines()).toEqual(["xabcd"]);
    expect(other.lines()).toEqual(["xabcd"]);
  });
});
