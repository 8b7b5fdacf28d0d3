/**
 * Whatever three people do at once, their pages end equal: 2,000 random sessions, in four parts that
 * the test runner gives to its workers side by side. A failure prints its seed and what happened;
 * `EDITOR_SEED=n` runs that session alone, with `EDITOR_SESSIONS` as many from there on.
 */
import { beforeAll, expect, test } from "vitest";
import { Session } from "./test-session.ts";
import { loadAutomergeForTests } from "./test-support.ts";

const { EDITOR_SEED, EDITOR_SESSIONS } = process.env;
const SESSIONS = 2_000;
const PARTS = 4;
/** A shared two-core machine under load; alone the sessions take a fraction of it. */
const TIMEOUT_MS = 600_000;

/** The seeds of a part; a seed that was asked for is the first part's alone. */
function seedsOf(part: number): { first: number; count: number } {
  if (EDITOR_SEED !== undefined || EDITOR_SESSIONS !== undefined) {
    const count = Number(EDITOR_SESSIONS ?? 1);
    return { first: Number(EDITOR_SEED ?? 0), count: part === 0 ? count : 0 };
  }
  const count = SESSIONS / PARTS;
  return { first: part * count, count };
}

export function convergence(part: number): void {
  beforeAll(loadAutomergeForTests);

  const { first, count } = seedsOf(part);
  test(
    `all peers agree and show their document, sessions ${first} to ${first + count - 1}`,
    () => {
      const failures: string[] = [];
      const counts = { remoteByPatches: 0, remoteByDiff: 0, remoteInexact: 0, repairs: 0 };
      for (let seed = first; seed < first + count; seed++) {
        const session = new Session(seed);
        try {
          session.run();
        } catch (problem) {
          failures.push(`seed ${seed}: ${problem instanceof Error ? problem.stack : problem}`);
        }
        for (const { binding } of session.peers) {
          for (const key of Object.keys(counts) as (keyof typeof counts)[]) {
            counts[key] += binding.counts[key];
          }
        }
      }
      process.stdout.write(
        `sessions ${count - failures.length} of ${count}, ${JSON.stringify(counts)}\n`,
      );
      expect(failures.slice(0, 3).join("\n\n")).toBe("");
      expect(counts.remoteInexact).toBe(0);
    },
    TIMEOUT_MS,
  );
}
