/** When changes of others are applied: the first at once, then in windows that follow the cost. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RemoteQueue } from "./remote-queue.ts";

const change = (id: number) => new Uint8Array([id]);

function openQueue(costMs: number) {
  const applied: number[][] = [];
  const state = { composing: false, now: 0 };
  const queue = new RemoteQueue(
    (changes) => {
      applied.push(changes.map((each) => each[0] ?? -1));
      state.now += costMs;
    },
    () => state.composing,
    () => state.now,
  );
  const pass = (ms: number) => {
    state.now += ms;
    vi.advanceTimersByTime(ms);
  };
  return { queue, applied, state, pass };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("remote changes", () => {
  test("the first is applied at once, those that follow together", () => {
    const { queue, applied, pass } = openQueue(10);
    queue.push([change(1)]);
    expect(applied).toEqual([[1]]);
    queue.push([change(2)]);
    queue.push([change(3), change(4)]);
    pass(39);
    expect(applied).toEqual([[1]]);
    pass(1);
    expect(applied).toEqual([[1], [2, 3, 4]]);
    pass(100);
    queue.push([change(5)]);
    expect(applied.at(-1)).toEqual([5]);
  });

  test("however dear applying is, the window ends", () => {
    const { queue, applied, pass } = openQueue(5_000);
    queue.push([change(1)]);
    queue.push([change(2)]);
    pass(250);
    expect(applied).toEqual([[1], [2]]);
  });

  test("a word being composed is not disturbed, and nothing is forgotten", () => {
    const { queue, applied, state, pass } = openQueue(0);
    state.composing = true;
    queue.push([change(1)]);
    queue.push([change(2)]);
    pass(2_000);
    expect(applied).toEqual([]);
    state.composing = false;
    pass(500);
    expect(applied).toEqual([[1, 2]]);
  });

  test("flush applies what waits, in order, once", () => {
    const { queue, applied, pass } = openQueue(10);
    queue.push([change(1)]);
    queue.push([change(2)]);
    queue.flush();
    pass(1_000);
    queue.flush();
    expect(applied).toEqual([[1], [2]]);
  });

  test("after destroy nothing is applied", () => {
    const { queue, applied, pass } = openQueue(10);
    queue.push([change(1)]);
    queue.push([change(2)]);
    queue.destroy();
    pass(1_000);
    expect(applied).toEqual([[1]]);
  });
});
