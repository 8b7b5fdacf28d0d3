// @vitest-environment node
/**
 * Whatever three people do at once, their pages end equal: 2,000 random sessions. A failure prints
 * its seed and what happened; `EDITOR_SEED=n` runs that session alone, `EDITOR_SESSIONS` sets how
 * many.
 */
import { beforeAll, expect, test } from "vitest";
import { Session } from "./test-session.ts";
import { loadAutomergeForTests } from "./test-support.ts";

const SESSIONS = Number(process.env.EDITOR_SESSIONS ?? 2000);
const FIRST = Number(process.env.EDITOR_SEED ?? 0);
/** A shared two-core machine under load; alone the sessions take a fraction of it. */
const TIMEOUT_MS = 600_000;

beforeAll(loadAutomergeForTests);

test(
  "all peers of every session agree, and each shows exactly its document",
  () => {
    const failures: string[] = [];
    const counts = { remoteByPatches: 0, remoteByDiff: 0, remoteInexact: 0, repairs: 0 };
    const count = process.env.EDITOR_SEED === undefined ? SESSIONS : 1;
    for (let seed = FIRST; seed < FIRST + count; seed++) {
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
