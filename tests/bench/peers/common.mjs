/** What is asked of each peer: keys at the pace of a fast writer, pages for a fresh client. */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const KEYS = 400;
/** Not counted: sockets, pages and caches are cold. */
const KEYS_BEFORE = 25;
const RUNS = 3;
const KEY_MS = 20;
export const PAGES = 10_000;
export const PAGE_TEXT =
  "Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment, et jamais " +
  "pendant les épreuves. La demi-pension déménage dans le préau fermé de janvier à avril.";

/** The version that npm installed. */
export function version(name) {
  const url = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(url, "utf8")).version}`;
}

/** Starts this script again as the server, a process of its own; resolves with its port. */
export function serve(script) {
  const child = fork(fileURLToPath(script), ["serve"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    child.once("message", (port) => resolve({ port, stop: () => child.kill() }));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

const at = (times, share) => {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1];
};
const median = (values) => at(values, 0.5);

/**
 * Milliseconds from a key in one client to the letter in the other. `open(room)` gives two clients,
 * `{ press(), letters(), onLetters(then) }`, of one document.
 */
export async function keystrokes(open) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const [writer, reader] = await open(`keys-${run}`);
    const pressed = [];
    const times = [];
    await new Promise((resolve) => {
      reader.onLetters(() => {
        const now = performance.now();
        while (times.length < reader.letters()) times.push(now - pressed[times.length]);
        if (times.length >= KEYS) resolve();
      });
      const beat = setInterval(() => {
        pressed.push(performance.now());
        writer.press();
        if (pressed.length >= KEYS) clearInterval(beat);
      }, KEY_MS);
    });
    runs.push(times.slice(KEYS_BEFORE));
  }
  return {
    p50: median(runs.map((times) => at(times, 0.5))),
    p99: median(runs.map((times) => at(times, 0.99))),
  };
}

/** Seconds of `work`; null when it takes longer than `limit_s`. */
export async function seconds(limit_s, work) {
  const begun = performance.now();
  const late = new Promise((resolve) => {
    setTimeout(resolve, limit_s * 1_000, "late").unref();
  });
  const done = await Promise.race([work(), late]);
  return done === "late" ? null : (performance.now() - begun) / 1_000;
}

/** The last line printed is the result. */
export function tell(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
