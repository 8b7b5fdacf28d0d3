// @vitest-environment node
/** What comes in quick succession is drawn together, and in the order it came. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { messages } from "../gallery/fixtures.ts";
import { Coalesce } from "../src/api/coalesce.ts";
import { gathered, type KeptFrame, type Rows } from "../src/api/patches.ts";
import type { ItemRow } from "../src/api/types.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first is passed at once, what follows in the window together, and all of it", () => {
  const passed: (readonly number[])[] = [];
  const gather = new Coalesce<number>((parts) => passed.push(parts), 100);
  gather.push(1);
  expect(passed).toEqual([[1]]);
  gather.push(2);
  gather.push(3);
  expect(passed).toEqual([[1]]);
  vi.advanceTimersByTime(100);
  expect(passed).toEqual([[1], [2, 3]]);
  vi.advanceTimersByTime(100);
  gather.push(4);
  expect(passed).toEqual([[1], [2, 3], [4]]);
});

test("a thousand in a second are drawn at most eleven times, none lost", () => {
  const passed: (readonly number[])[] = [];
  const gather = new Coalesce<number>((parts) => passed.push(parts), 100);
  for (let part = 0; part < 1_000; part += 1) {
    gather.push(part);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(passed.length).toBeLessThanOrEqual(11);
  expect(passed.flat()).toEqual(Array.from({ length: 1_000 }, (_, part) => part));
});

test("nothing is passed after the end; a part that fails does not stop those after it", () => {
  const passed: number[] = [];
  const gather = new Coalesce<number>((parts) => {
    if (parts.includes(0)) throw new Error("no");
    passed.push(...parts);
  }, 100);
  expect(() => gather.push(0)).toThrow("no");
  gather.push(1);
  vi.advanceTimersByTime(100);
  expect(passed).toEqual([1]);
  gather.push(2);
  gather.stop();
  vi.advanceTimersByTime(1_000);
  expect(passed).toEqual([1]);
});

const [one, two] = messages as [ItemRow, ItemRow];
const rows = (put: ItemRow[], del: string[] = []): Rows => ({
  t: "rows",
  topic: "channel:s/c",
  put,
  del,
});
const kept = (id: string, state: "here" | "everywhere"): KeptFrame => ({
  t: "kept",
  space: "s",
  rows: [{ id, kept: { state, sites: [] } }],
});

test("frames of one topic become one, and the latest row stands", () => {
  const changed = { ...one, changedMs: 9 };
  const frames = gathered([rows([one]), rows([two]), rows([changed])]);
  expect(frames).toEqual([rows([changed, two])]);
});

test("a row that goes and comes back is there, one that comes and goes is not", () => {
  expect(gathered([rows([], [one.id]), rows([one])])).toEqual([rows([one])]);
  expect(gathered([rows([one]), rows([], [one.id])])).toEqual([rows([], [one.id])]);
});

test("where a row is kept is what was said last, by the row or after it", () => {
  expect(gathered([kept(one.id, "everywhere"), rows([one])])).toEqual([rows([one])]);
  expect(gathered([rows([one]), kept(one.id, "here"), kept(one.id, "everywhere")])).toEqual([
    rows([one]),
    kept(one.id, "everywhere"),
  ]);
});
