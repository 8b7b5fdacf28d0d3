/**
 * What is told of the run: one line per check as it ends, the sum at the end. A failed check does
 * not stop the run by itself; whoever cannot go on without it throws.
 */
const begun = Date.now();
const outcomes = [];

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const print = (line) => process.stdout.write(`${line}\n`);

export function say(text) {
  print(`[${seconds(begun).padStart(7)}] ${text}`);
}

/** Runs one check; the sentence says what holds when it passes. Returns whether it passed. */
export async function check(sentence, action) {
  const since = Date.now();
  try {
    await action();
    outcomes.push({ sentence });
    print(`  ✔ ${sentence} (${seconds(since)})`);
    return true;
  } catch (error) {
    outcomes.push({ sentence, error });
    print(`  ✘ ${sentence} (${seconds(since)})\n${indent(error?.stack ?? String(error))}`);
    return false;
  }
}

/** A check without which nothing after it can be tried. */
export async function must(sentence, action) {
  if (!(await check(sentence, action))) throw new Stop(`stopped: not so: ${sentence}`);
}

/** Ends the run; what failed is counted already. */
export class Stop extends Error {}

export function fail(sentence, error) {
  outcomes.push({ sentence, error });
  print(`  ✘ ${sentence}\n${indent(error?.stack ?? String(error))}`);
}

/** Prints the sum and returns the exit code. */
export function finish() {
  const failed = outcomes.filter(({ error }) => error);
  for (const { sentence } of failed) print(`failed: ${sentence}`);
  print(
    `\n${outcomes.length - failed.length} passed, ${failed.length} failed, in ${seconds(begun)}`,
  );
  return failed.length === 0 && outcomes.length > 0 ? 0 : 1;
}

const indent = (text) => text.replace(/^/gm, "      ");

export function equal(found, expected, what) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: found ${one}, expected ${other}`);
}

export function truthy(value, what) {
  if (!value) throw new Error(what);
}
