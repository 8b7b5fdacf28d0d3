// @vitest-environment node
/** A page being written: what is typed reaches the site once, also after a cut, a reload, a «no». */
import { describe, expect, test } from "vitest";
import type { LiveSocket } from "../src/api/socket.ts";
import type { Unsaved, UnsavedStore } from "../src/api/store.ts";
import type { FrameIn, FrameOut } from "../src/api/types.ts";
import { decode, encode, PageSession } from "../src/features/pages/session.ts";

const place = { person: "claire", space: "s", item: "i" };
const bytes = (...values: number[]) => Uint8Array.from(values);
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

class Line {
  sent: FrameOut[] = [];
  open = true;
  #listeners = new Map<string, Set<(frame: never) => void>>();
  send = (frame: FrameOut) => {
    if (this.open) this.sent.push(frame);
    return this.open;
  };
  on = (type: string, listener: (frame: never) => void) => {
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(listener));
    return () => set.delete(listener);
  };
  say(frame: FrameIn) {
    for (const listener of this.#listeners.get(frame.t) ?? []) listener(frame as never);
  }
  of<T extends FrameOut["t"]>(type: T) {
    return this.sent.filter((frame): frame is Extract<FrameOut, { t: T }> => frame.t === type);
  }
}

function memoryStore(rows: Unsaved[] = []) {
  const kept = new Map(rows.map((row) => [row.nonce, row]));
  const store: UnsavedStore = {
    durable: true,
    of: async (person, item) =>
      [...kept.values()].filter(
        (row) => row.person === person && row.item === item && !row.refused,
      ),
    put: async (row) => void kept.set(row.nonce, row),
    remove: async (nonce) => void kept.delete(nonce),
  };
  return { store, kept };
}

async function openPage(rows: Unsaved[] = [], missing: Uint8Array[] = []) {
  const line = new Line();
  const { store, kept } = memoryStore(rows);
  const opened: string[] = [];
  const applied: Uint8Array[][] = [];
  let refused = 0;
  let why = "";
  let unsaved = 0;
  const session = new PageSession(place, line as unknown as LiveSocket, store, {
    onOpen: (_saved, actor) => {
      opened.push(actor);
      session.attach({ applyRemote: (changes) => applied.push(changes), reconcile: () => missing });
    },
    onRefused: (said) => {
      refused += 1;
      why = said;
    },
    onState: (state) => {
      unsaved = state.unsaved;
    },
  });
  void session.start();
  await turn();
  const doc = (actor = "a1") =>
    line.say({ t: "doc", item: "i", actor, saved: encode(bytes(1)), people: [] });
  return {
    line,
    session,
    kept,
    opened,
    applied,
    doc,
    state: () => ({ refused, unsaved }),
    why: () => why,
  };
}

describe("a page being written", () => {
  test("opens, sends with a rising number, and forgets what the site confirmed", async () => {
    const { line, session, kept, opened, doc, state } = await openPage();
    doc();
    expect(opened).toEqual(["a1"]);
    session.send([bytes(7)]);
    session.send([bytes(8), bytes(9)]);
    expect(line.of("edit").map(({ n, changes }) => [n, changes.length])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(state().unsaved).toBe(2);
    line.say({ t: "saved", item: "i", n: 1 });
    expect(state().unsaved).toBe(1);
    line.say({ t: "saved", item: "other", n: 2 });
    expect(state().unsaved).toBe(1);
    line.say({ t: "saved", item: "i", n: 2 });
    await turn();
    expect([state().unsaved, kept.size]).toEqual([0, 0]);
  });

  test("others' changes reach the document", async () => {
    const { line, applied, doc } = await openPage();
    doc();
    line.say({ t: "edit", item: "i", changes: [encode(bytes(4, 5))] });
    expect(applied).toEqual([[bytes(4, 5)]]);
  });

  test("typed while the line is cut: kept here, and sent after the site said what it has", async () => {
    const { line, session, kept, opened, doc, state } = await openPage([], [bytes(7), bytes(8)]);
    doc();
    line.open = false;
    session.send([bytes(7)]);
    session.send([bytes(8)]);
    await turn();
    expect([...kept.values()][0]?.changes).toHaveLength(2);
    line.open = true;
    line.say({
      t: "hello",
      site: { id: "", name: "" },
      person: { id: "", name: "", site: "" },
      nowMs: 0,
    });
    doc();
    expect(opened).toEqual(["a1"]);
    const [resent] = line.of("edit");
    expect(resent?.changes).toEqual([encode(bytes(7)), encode(bytes(8))]);
    line.say({ t: "saved", item: "i", n: resent?.n ?? 0 });
    await turn();
    expect([state().unsaved, kept.size]).toEqual([0, 0]);
  });

  test("what an earlier tab left goes first, under that tab's nonce", async () => {
    const left = { ...place, nonce: "old", changes: [{ n: 5, bytes: [encode(bytes(1))] }] };
    const { line, kept, opened, doc } = await openPage([left]);
    expect(line.of("open").map(({ nonce }) => nonce)).toEqual(["old"]);
    doc("old-actor");
    expect(opened).toEqual([]);
    expect(line.of("edit")).toEqual([{ t: "edit", item: "i", n: 1, changes: [encode(bytes(1))] }]);
    line.say({ t: "saved", item: "i", n: 1 });
    await turn();
    expect(kept.has("old")).toBe(false);
    expect(line.of("close")).toHaveLength(1);
    expect(line.of("open")).toHaveLength(2);
    doc("a2");
    expect(opened).toEqual(["a2"]);
  });

  test("a refusal of what an earlier tab left keeps it, and the page opens", async () => {
    const left = { ...place, nonce: "old", changes: [{ n: 1, bytes: [encode(bytes(1))] }] };
    const { line, kept, opened, doc } = await openPage([left]);
    doc("old-actor");
    line.say({ t: "refused", item: "i", n: 1, error: { code: "forbidden", message: "non" } });
    await turn();
    expect(kept.get("old")?.refused).toBe(true);
    doc("a2");
    expect(opened).toEqual(["a2"]);
  });

  test.each(["refused", "rebase"] as const)(
    "%s: the words are shown with the site's reason, and the page opens anew",
    async (t) => {
      const { line, session, opened, doc, state, why } = await openPage();
      doc();
      session.send([bytes(7)]);
      const [first] = line.of("open");
      const error = { code: "forbidden", message: "non" } as const;
      line.say(t === "refused" ? { t, item: "i", n: 1, error } : { t, item: "i" });
      expect(state()).toEqual({ refused: 1, unsaved: 0 });
      expect(why()).toBe(t === "refused" ? "non" : "");
      expect(line.of("open").at(-1)?.nonce).not.toBe(first?.nonce);
      doc("a2");
      expect(opened).toEqual(["a1", "a2"]);
      session.send([bytes(8)]);
      expect(line.of("edit").at(-1)?.n).toBe(1);
    },
  );

  test("bytes survive the way, also many of them", () => {
    const many = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);
    expect(decode(encode(many))).toEqual(many);
  });
});
