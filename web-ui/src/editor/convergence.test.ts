// @vitest-environment node
/**
 * Whatever three people do at once, their pages end equal: 2,000 random sessions. A failure prints
 * its seed and what happened; `EDITOR_SEED=n` runs that session alone, with `EDITOR_SESSIONS` as many
 * from there on.
 */
import { beforeAll, expect, test } from "vitest";
import { Session } from "./test-session.ts";
import { loadAutomergeForTests } from "./test-support.ts";

const { EDITOR_SEED, EDITOR_SESSIONS } = process.env;
const FIRST = Number(EDITOR_SEED ?? 0);
const SESSIONS = Number(EDITOR_SESSIONS ?? (EDITOR_SEED === undefined ? 2000 : 1));
/** A shared two-core machine under load; alone the sessions take a fraction of it. */
const TIMEOUT_MS = 600_000;

beforeAll(loadAutomergeForTests);

test(
  "all peers of every session agree, and each shows exactly its document",
  () => {
    const failures: string[] = [];
    const counts = { remoteByPatches: 0, remoteByDiff: 0, remoteInexact: 0, repairs: 0 };
    for (let seed = FIRST; seed < FIRST + SESSIONS; seed++) {
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
      `sessions ${SESSIONS - failures.length} of ${SESSIONS}, ${JSON.stringify(counts)}\n`,
    );
    expect(failures.slice(0, 3).join("\n\n")).toBe("");
    expect(counts.remoteInexact).toBe(0);
  },
  TIMEOUT_MS,
);
