/**
 * The ProseMirror schemas of a page: the flat body and the one-line title.
 *
 * Flat means: each automerge block marker is exactly one node, lists are blocks with a kind and an
 * indent. Every block may hold every mark and any text, a divider or a code block too, so that
 * whatever two people's edits merge into can be shown and nothing has to be dropped.
 * How markers become nodes is in `blocks.ts`; what a pasted page becomes is in `paste.ts`.
 */
import { type MarkSpec, type NodeSpec, Schema } from "prosemirror-model";

/** Deeper lists do not fit 320 px, and the document contract stops here. */
export const INDENT_MAX = 6;
/** The page's title is the h1, so three levels are h2 to h4 on the screen. */
export const HEADING_LEVEL_MAX = 3;

export const LIST_KINDS = ["bullet", "ordered", "todo"] as const;

/** Longer addresses work nowhere, and every one of them is written into the page's history. */
export const LINK_LENGTH_MAX = 2_048;

/** Addresses a link may lead to; anything else is shown as plain text and kept as written. */
const SAFE_SCHEMES = ["http:", "https:", "mailto:", "bocage:"];

/** The address to put in the page for a link mark, or null if it must not be a link. */
export function safeHref(href: string): string | null {
  // Browsers drop these characters before they read the scheme: "java\nscript:" is "javascript:".
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
  const cleaned = href.replace(/[\u0000-\u0020\u007f-\u009f]/g, "");
  if (cleaned === "") return null;
  const scheme = /^([^/?#]*?:)/.exec(cleaned)?.[1];
  if (scheme === undefined) return cleaned;
  return SAFE_SCHEMES.includes(scheme.toLowerCase()) ? cleaned : null;
}

function clampedData(element: HTMLElement, name: string, low: number, high: number): number {
  const value = Number.parseInt(element.getAttribute(name) ?? "", 10);
  return Number.isNaN(value) ? low : Math.min(high, Math.max(low, value));
}

function textBlock(spec: Partial<NodeSpec>): NodeSpec {
  // "pre": a line break inside a block is a character of its text and must survive typing near it.
  return { content: "text*", marks: "_", group: "block", whitespace: "pre", ...spec };
}

function listBlock(kind: string, extra: Record<string, { default: boolean }> = {}): NodeSpec {
  return textBlock({
    definingForContent: true,
    attrs: { indent: { default: 0, validate: "number" }, ...extra },
    parseDOM: [
      {
        tag: `p[data-block=${kind}]`,
        priority: 60,
        getAttrs: (element) => ({
          indent: clampedData(element, "data-indent", 0, INDENT_MAX),
          ...("done" in extra ? { done: element.getAttribute("data-done") === "true" } : {}),
        }),
      },
    ],
    toDOM: (node) => [
      "p",
      {
        "data-block": kind,
        "data-indent": String(node.attrs.indent),
        ...("done" in extra ? { "data-done": String(node.attrs.done) } : {}),
      },
      0,
    ],
  });
}

const blockNodes = {
  paragraph: textBlock({
    parseDOM: [{ tag: "p" }],
    toDOM: () => ["p", { "data-block": "paragraph" }, 0],
  }),
  heading: textBlock({
    attrs: { level: { default: 1, validate: "number" } },
    defining: true,
    parseDOM: ["h1", "h2", "h3", "h4", "h5", "h6"].map((tag, index) => ({
      tag,
      getAttrs: (element: HTMLElement) => ({
        level: element.hasAttribute("data-level")
          ? clampedData(element, "data-level", 1, HEADING_LEVEL_MAX)
          : Math.min(HEADING_LEVEL_MAX, index + 1),
      }),
    })),
    toDOM: (node) => [
      `h${node.attrs.level + 1}`,
      { "data-block": "heading", "data-level": String(node.attrs.level) },
      0,
    ],
  }),
  bullet: listBlock("bullet"),
  ordered: listBlock("ordered"),
  todo: listBlock("todo", { done: { default: false } }),
  quote: textBlock({
    defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: () => ["blockquote", { "data-block": "quote" }, 0],
  }),
  /** Marker kind "code": ProseMirror does not let a node share its name with a mark. */
  code_block: textBlock({
    code: true,
    defining: true,
    parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
    toDOM: () => ["pre", { "data-block": "code" }, 0],
  }),
  /** A rule. It has no text of its own, but shows text that a concurrent edit left behind it. */
  divider: textBlock({
    parseDOM: [{ tag: "hr" }, { tag: "div[data-block=divider]", priority: 60 }],
    toDOM: () => ["div", { "data-block": "divider" }, 0],
  }),
  /** A kind this version does not know: `raw` is its whole marker, kept as it came. */
  inert: textBlock({
    attrs: { raw: { default: "{}", validate: "string" } },
    toDOM: () => ["div", { "data-block": "inert" }, 0],
  }),
} satisfies Record<string, NodeSpec>;

const marks = {
  link: {
    attrs: { href: { validate: "string" } },
    inclusive: false,
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (element) => {
          const href = element.getAttribute("href") ?? "";
          return href !== "" && href.length <= LINK_LENGTH_MAX ? { href } : false;
        },
      },
    ],
    toDOM: (mark) => {
      const href = safeHref(mark.attrs.href);
      return href === null
        ? ["span", { "data-refused-link": "" }, 0]
        : ["a", { href, rel: "noopener noreferrer" }, 0];
    },
  },
  strong: { parseDOM: [{ tag: "strong" }, { tag: "b" }], toDOM: () => ["strong", 0] },
  em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
  strike: {
    parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }],
    toDOM: () => ["s", 0],
  },
  code: { inclusive: false, parseDOM: [{ tag: "code" }], toDOM: () => ["code", 0] },
} satisfies Record<string, MarkSpec>;

export const bodySchema = new Schema({
  nodes: { doc: { content: "block+" }, ...blockNodes, text: {} },
  marks,
});

/** The title is a text without blocks or marks: positions are offsets into the automerge text. */
export const titleSchema = new Schema({
  nodes: { doc: { content: "text*", whitespace: "pre" }, text: {} },
});

export type BlockKind = keyof typeof blockNodes & string;
export type MarkName = keyof typeof marks & string;
export const MARK_NAMES = Object.keys(marks) as MarkName[];
