/**
 * Measures what was built, in brotli, and fails above budget. The first screen is what a browser
 * must have before «Aujourd'hui» can be read: the page, the entry with all it imports, its styles,
 * the roman font, and the chunks of that screen. The editor and each other screen are chunks.
 */
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const budgets = { firstScreen: 160, editor: 80, feature: 60 };
const firstScreen = "src/features/today/TodayScreen.tsx";
const editor = "src/features/pages/engine.ts";
/** «Modifier» stands on a page that is being read: what reading loaded is there already. */
const reading = "src/features/pages/PageScreen.tsx";

/** @typedef {{ file: string, src?: string, name?: string, imports?: string[], dynamicImports?: string[], css?: string[], assets?: string[], isEntry?: boolean }} Chunk */

/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** @param {string} file */
const brotli = (file) => {
  const bytes = readFileSync(new URL(file, dist));
  // Fonts and wasm: the site serves a woff2 as it is, everything else compressed.
  if (file.endsWith(".woff2")) return bytes.length;
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
  }).length;
};

/**
 * The files that come with a chunk: itself, what it imports statically, and their styles.
 * @param {string} key
 * @param {Set<string>} seen
 * @returns {Set<string>}
 */
function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const file of chunk.css ?? []) seen.add(file);
  for (const each of chunk.imports ?? []) filesOf(each, seen);
  return seen;
}

/** @param {Iterable<string>} files */
const total = (files) => [...files].reduce((sum, file) => sum + brotli(file), 0);
/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

const first = new Set(["index.html", ...filesOf("index.html"), ...filesOf(firstScreen)]);
for (const file of readdirSync(new URL("assets/", dist))) {
  if (/wght-normal.*\.woff2$/.test(file)) first.add(`assets/${file}`);
}

/** @type {[string, number, number][]} */
const lines = [["first screen", total(first), budgets.firstScreen]];
for (const key of Object.keys(manifest)) {
  const chunk = manifest[key];
  if (!chunk || key === "index.html" || key === "src/sw.ts" || !chunk.src?.match(/\.tsx?$/))
    continue;
  const present = key === editor ? new Set([...first, ...filesOf(reading)]) : first;
  const own = [...filesOf(key)].filter((file) => !present.has(file));
  if (own.length === 0) continue;
  const limit = key === editor || key.startsWith("src/editor/") ? budgets.editor : budgets.feature;
  lines.push([key, total(own), limit]);
}

let failed = false;
for (const [name, bytes, limit] of lines) {
  const over = bytes > limit * 1000;
  failed ||= over;
  console.log(`${over ? "OVER" : "  ok"}  ${kilobytes(bytes).padStart(9)} of ${limit} KB  ${name}`);
}
for (const file of readdirSync(new URL("assets/", dist))) {
  if (file.endsWith(".wasm"))
    console.log(`      ${kilobytes(brotli(`assets/${file}`)).padStart(9)}            ${file}`);
}
if (failed) {
  console.error("A chunk is above its budget: see UI.md, «Budgets». Load less, or load it later.");
  process.exit(1);
}
