/**
 * Reduces pasted HTML (Word, Google Docs, web pages) to what the schema knows, before ProseMirror
 * reads it: flat blocks, five marks, no style, class, script, image or comment. The result is built
 * from scratch, so nothing of the source survives that is not named here.
 */
import { HEADING_LEVEL_MAX, INDENT_MAX, safeHref } from "./schema.ts";

interface Marks {
  strong: boolean;
  em: boolean;
  strike: boolean;
  code: boolean;
  href: string | null;
}

interface Run {
  text: string;
  marks: Marks;
}

interface Block {
  tag: "p" | "h1" | "h2" | "h3" | "blockquote" | "pre" | "hr";
  list?: { kind: "bullet" | "ordered" | "todo"; indent: number; done: boolean };
  runs: Run[];
}

interface Place {
  block: Omit<Block, "runs">;
  marks: Marks;
  /** Inside `pre`: line breaks and spaces count. */
  keepSpaces: boolean;
  /** Lists around this place. */
  depth: number;
  ordered: boolean;
}

const SKIPPED = new Set(
  "SCRIPT STYLE TEMPLATE HEAD META LINK TITLE NOSCRIPT IFRAME OBJECT EMBED SVG MATH CANVAS AUDIO VIDEO SELECT TEXTAREA BUTTON".split(
    " ",
  ),
);
const BLOCKS = new Set(
  "P DIV SECTION ARTICLE HEADER FOOTER MAIN ASIDE NAV FIGURE FIGCAPTION ADDRESS DL DT DD TABLE TBODY THEAD TFOOT TR CAPTION UL OL LI BLOCKQUOTE PRE H1 H2 H3 H4 H5 H6 FORM FIELDSET BODY DETAILS SUMMARY".split(
    " ",
  ),
);
const PLAIN: Marks = { strong: false, em: false, strike: false, code: false, href: null };

export function cleanHtml(html: string): string {
  // Copied here: the blocks are ours already, and how they are cut open is said in an attribute.
  if (/\bdata-pm-slice=/.test(html)) return html;
  const source = new DOMParser().parseFromString(html, "text/html");
  const reader = new Reader();
  reader.read(source.body, {
    block: { tag: "p" },
    marks: PLAIN,
    keepSpaces: false,
    depth: 0,
    ordered: false,
  });
  return reader.finish().map(writeBlock).join("");
}

class Reader {
  readonly #blocks: Block[] = [];
  #open: Block | null = null;

  read(node: Node, place: Place): void {
    for (const child of Array.from(node.childNodes)) {
      if (child instanceof Text) this.#text(child.data, place);
      else if (child instanceof HTMLElement) this.#element(child, place);
    }
  }

  finish(): Block[] {
    this.#close();
    return this.#blocks;
  }

  #close(): void {
    const block = this.#open;
    this.#open = null;
    if (block === null) return;
    trim(block);
    if (block.runs.length > 0) this.#blocks.push(block);
  }

  #text(data: string, place: Place): void {
    // U+FFFC stands for objects that are not pasted; NUL has no place in a text.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is being removed
    const kept = data.replace(/[\u0000\ufffc]/g, "");
    const text = place.keepSpaces ? kept : kept.replace(/[ \t\r\n\f]+/g, " ");
    if (text === "") return;
    this.#open ??= { ...place.block, runs: [] };
    this.#open.runs.push({ text, marks: place.marks });
  }

  #element(element: HTMLElement, place: Place): void {
    const tag = element.tagName;
    if (SKIPPED.has(tag)) return;
    const style = element.getAttribute("style") ?? "";
    // Word writes the bullet itself into the text, marked as to be ignored.
    if (/mso-list:\s*ignore/i.test(style)) return;
    if (/(^|;)\s*display:\s*none/i.test(style)) return;
    if (tag === "BR") {
      this.#text("\n", { ...place, keepSpaces: true });
      return;
    }
    if (tag === "HR") {
      this.#close();
      this.#blocks.push({ tag: "hr", runs: [] });
      return;
    }
    if (tag === "INPUT") {
      const list = this.#open?.list ?? place.block.list;
      if (element.getAttribute("type") === "checkbox" && list !== undefined) {
        list.kind = "todo";
        list.done = element.hasAttribute("checked");
      }
      return;
    }
    const inner = { ...place, marks: marksOf(element, style, place.marks) };
    if (tag === "TD" || tag === "TH") this.#cell(element, inner);
    else if (BLOCKS.has(tag)) this.#block(element, style, inner);
    else this.read(element, inner);
  }

  /** A row of a table is one paragraph; its cells keep apart. */
  #cell(element: HTMLElement, place: Place): void {
    if (element.previousElementSibling !== null) this.#text(" | ", place);
    this.#text((element.textContent ?? "").trim(), place);
  }

  #block(element: HTMLElement, style: string, place: Place): void {
    this.#close();
    this.read(element, blockPlace(element, style, place));
    this.#close();
  }
}

function blockPlace(element: HTMLElement, style: string, place: Place): Place {
  const tag = element.tagName;
  const heading = /^H([1-6])$/.exec(tag)?.[1];
  if (heading !== undefined && place.block.list === undefined) {
    const level = Math.min(HEADING_LEVEL_MAX, Number(heading)) as 1 | 2 | 3;
    return { ...place, block: { tag: `h${level}` } };
  }
  if (tag === "UL" || tag === "OL") {
    return { ...place, depth: place.depth + 1, ordered: tag === "OL" };
  }
  if (tag === "LI") {
    return { ...place, block: { tag: "p", list: listOf(element, place) } };
  }
  const word = /mso-list:[^;]*\blevel(\d+)/i.exec(style)?.[1];
  if (word !== undefined) {
    const mark = element.textContent?.trim() ?? "";
    const kind = /^(\d+|[a-z]{1,3})[.)]/i.test(mark) ? "ordered" : "bullet";
    const indent = Math.min(INDENT_MAX, Number(word) - 1);
    return { ...place, block: { tag: "p", list: { kind, indent, done: false } } };
  }
  if (tag === "BLOCKQUOTE") return { ...place, block: { tag: "blockquote" } };
  if (tag === "PRE") {
    return { ...place, keepSpaces: true, block: { tag: "pre" }, marks: PLAIN };
  }
  return place;
}

function listOf(element: HTMLElement, place: Place): Block["list"] {
  const indent = Math.min(INDENT_MAX, Math.max(0, place.depth - 1));
  const checked = element.getAttribute("aria-checked");
  if (element.getAttribute("role") === "checkbox" || checked !== null) {
    return { kind: "todo", indent, done: checked === "true" };
  }
  return { kind: place.ordered ? "ordered" : "bullet", indent, done: false };
}

function marksOf(element: HTMLElement, style: string, marks: Marks): Marks {
  const tag = element.tagName;
  const weight = /font-weight:\s*(\w+)/i.exec(style)?.[1];
  const strong =
    weight === undefined
      ? marks.strong || tag === "B" || tag === "STRONG"
      : weight === "bold" || weight === "bolder" || Number(weight) >= 600;
  const slant = /font-style:\s*(\w+)/i.exec(style)?.[1];
  const em = slant === undefined ? marks.em || tag === "I" || tag === "EM" : slant !== "normal";
  const href = tag === "A" ? element.getAttribute("href") : null;
  return {
    // A heading is bold by itself, whatever its source says.
    strong: strong && !/^H[1-6]$/.test(tag),
    em,
    strike:
      marks.strike ||
      ["S", "DEL", "STRIKE"].includes(tag) ||
      /text-decoration[^;]*line-through/i.test(style),
    code: marks.code || ["CODE", "KBD", "SAMP", "TT"].includes(tag),
    href: href !== null && safeHref(href) !== null ? href : marks.href,
  };
}

/** Spaces at the edges of a block and beside line breaks come from how the source was laid out. */
function trim(block: Block): void {
  if (block.tag === "pre") {
    const last = block.runs.at(-1);
    if (last !== undefined) last.text = last.text.replace(/\n$/, "");
  } else {
    let spaceBefore = true;
    for (const run of block.runs) {
      if (spaceBefore) run.text = run.text.replace(/^ +/, "");
      run.text = run.text.replace(/ *\n */g, "\n");
      if (run.text !== "") spaceBefore = /[ \n]$/.test(run.text);
    }
    for (const run of block.runs.toReversed()) {
      run.text = run.text.replace(/[ \n\u00a0]+$/, "");
      if (run.text !== "") break;
    }
  }
  block.runs = block.runs.filter((run) => run.text !== "");
}

function escaped(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

function writeRun({ text, marks }: Run): string {
  let html = escaped(text);
  if (marks.code) html = `<code>${html}</code>`;
  if (marks.strike) html = `<s>${html}</s>`;
  if (marks.em) html = `<em>${html}</em>`;
  if (marks.strong) html = `<strong>${html}</strong>`;
  return marks.href === null ? html : `<a href="${escaped(marks.href)}">${html}</a>`;
}

function writeBlock({ tag, list, runs }: Block): string {
  if (tag === "hr") return "<hr>";
  const inner = runs.map(writeRun).join("");
  if (list === undefined) return `<${tag}>${inner}</${tag}>`;
  const done = list.kind === "todo" ? ` data-done="${list.done}"` : "";
  return `<p data-block="${list.kind}" data-indent="${list.indent}"${done}>${inner}</p>`;
}
