// @vitest-environment node
/** The live line: topics, cuts, and rows written into the views that are shown. */
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { everywhere, messagePage, messages, pageDetail, pages } from "../gallery/fixtures.ts";
import { applyKept, applyRows, mergeRows, staleViews } from "../src/api/patches.ts";
import { LiveSocket } from "../src/api/socket.ts";
import type { FrameOut, ItemDetail, MessagePage } from "../src/api/types.ts";

class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: FrameOut[] = [];
  closed = false;
  send = (text: string) => void this.sent.push(JSON.parse(text) as FrameOut);
  close = () => {
    this.closed = true;
  };
}

function line() {
  const made: FakeSocket[] = [];
  const socket = new LiveSocket(() => {
    const fake = new FakeSocket();
    made.push(fake);
    return fake as unknown as WebSocket;
  });
  const last = () => {
    const fake = made.at(-1);
    if (!fake) throw new Error("no socket was opened");
    return fake;
  };
  return { socket, made, last };
}

describe("live line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("topics are counted, and said once per turn", async () => {
    const { socket, last } = line();
    socket.start();
    last().onopen?.();
    const leave = socket.watch("mine");
    socket.watch("mine");
    socket.watch("space:a");
    await vi.advanceTimersByTimeAsync(0);
    expect(last().sent).toEqual([{ t: "watch", topics: ["mine", "space:a"] }]);
    leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(last().sent.at(-1)).toEqual({ t: "watch", topics: ["mine", "space:a"] });
  });

  test("after a cut it comes back by itself and watches the same", async () => {
    const { socket, made, last } = line();
    const states: string[] = [];
    socket.onState(() => states.push(socket.state));
    socket.start();
    last().onopen?.();
    socket.watch("space:a");
    last().onclose?.();
    expect(socket.send({ t: "ping" })).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(made).toHaveLength(2);
    last().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(last().sent).toEqual([{ t: "watch", topics: ["space:a"] }]);
    // While it tries, the screen goes on saying «cut» instead of flickering.
    expect(states).toEqual(["open", "cut", "open"]);
  });

  test("a line that does not open is said to be cut, and may still open", async () => {
    const { socket, made, last } = line();
    socket.start();
    expect(socket.state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(socket.state).toBe("cut");
    last().onopen?.();
    expect(socket.state).toBe("open");
    expect(made).toHaveLength(1);
  });

  test("it tries ever more rarely, at most 30 s and a quarter apart", async () => {
    const { socket, made, last } = line();
    socket.start();
    for (let tries = 0; tries < 12; tries++) {
      last().onclose?.();
      await vi.advanceTimersByTimeAsync(38_000);
    }
    expect(made).toHaveLength(13);
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(made).toHaveLength(13);
    socket.wake();
    expect(made).toHaveLength(14);
  });

  test("a line that says nothing is given up", async () => {
    const { socket, last } = line();
    socket.start();
    last().onopen?.();
    const silent = last();
    await vi.advanceTimersByTimeAsync(70_000);
    expect(silent.sent).toContainEqual({ t: "ping" });
    expect(silent.closed).toBe(true);
  });

  test("frames reach who listens, broken ones nobody", () => {
    const { socket, last } = line();
    socket.start();
    const heard: unknown[] = [];
    const stop = socket.on("saved", (frame) => heard.push(frame.n));
    last().onmessage?.({ data: '{"t":"saved","item":"i","n":1}' });
    last().onmessage?.({ data: "{" });
    stop();
    last().onmessage?.({ data: '{"t":"saved","item":"i","n":2}' });
    expect(heard).toEqual([1]);
  });
});

describe("rows in views", () => {
  const [first, second, third] = messages;
  if (!first || !second || !third) throw new Error("the fixtures have six messages");

  test("a late message stands in its place; a known one is replaced; a gone one goes", () => {
    const changed = { ...third, title: "autre" };
    expect(mergeRows([first, third], [second, changed])).toEqual([first, second, changed]);
    expect(mergeRows([first, second], [], [first.id])).toEqual([second]);
  });

  test("a new message joins the channel that is shown", () => {
    const cache = new QueryClient();
    const key = [`/spaces/${first.space}/channels/${first.parent}/messages`];
    cache.setQueryData(key, { ...messagePage, rows: [first] });
    applyRows(cache, {
      t: "rows",
      topic: `channel:${first.space}/${first.parent}`,
      put: [second],
      del: [],
    });
    expect(cache.getQueryData<MessagePage>(key)?.rows).toEqual([first, second]);
  });

  test("one item is asked again for itself and what belongs to it, a list for any row", () => {
    const [page, other] = pages;
    if (!page || !other) throw new Error("the fixtures have two pages");
    const cache = new QueryClient();
    const key = [`/spaces/${page.space}/items/${page.id}`];
    const list = [`/spaces/${page.space}/items?kind=page`];
    const detail = pageDetail(page);
    const stale = (put: typeof pages, del: string[] = []) => {
      cache.setQueryData(key, { ...detail, comments: [{ ...first, id: "c1", parent: page.id }] });
      cache.setQueryData(list, { pages: [{ rows: pages, next: null }], pageParams: [null] });
      applyRows(cache, { t: "rows", topic: `space:${page.space}`, put, del });
      return [key, list].map((each) => cache.getQueryState(each)?.isInvalidated);
    };
    expect(stale([other])).toEqual([false, true]);
    expect(stale([page])).toEqual([true, true]);
    expect(stale([{ ...first, id: "c2", parent: page.id }])).toEqual([true, true]);
    expect(stale([{ ...first, id: "t1", parent: "c1" }])).toEqual([true, true]);
    expect(stale([], ["c1"])).toEqual([true, true]);
  });

  test("«partout» reaches a row wherever it is shown, and leaves the rest as it was", () => {
    const cache = new QueryClient();
    const page = pages[1];
    if (!page) throw new Error("the fixtures have a page");
    const key = [`/spaces/${page.space}/items/${page.id}`];
    const list = [`/spaces/${page.space}/items?kind=page`];
    cache.setQueryData(key, pageDetail(page));
    cache.setQueryData(list, { pages: [{ rows: pages, next: null }], pageParams: [null] });
    const before = cache.getQueryData<{ pages: [{ rows: unknown[] }] }>(list)?.pages[0].rows[0];
    applyKept(cache, { t: "kept", space: page.space, rows: [{ id: page.id, kept: everywhere }] });
    expect(cache.getQueryData<ItemDetail>(key)?.row.kept.state).toBe("everywhere");
    const after = cache.getQueryData<{ pages: [{ rows: { kept: unknown }[] }] }>(list)?.pages[0]
      .rows;
    expect(after?.[1]?.kept).toEqual(everywhere);
    expect(after?.[0]).toBe(before);
  });

  test.each([
    ["today", "/today", true],
    ["spaces", "/spaces?filter=mine&q=", true],
    ["spaces", "/spaces/abc", false],
    ["space:abc", "/spaces/abc/members", true],
    ["space:abc", "/spaces/xyz", false],
    ["channels", "/channels", true],
  ] as const)("«%s» changed: %s is asked again: %s", (topic, path, stale) => {
    expect(staleViews([topic])(path)).toBe(stale);
  });
});
