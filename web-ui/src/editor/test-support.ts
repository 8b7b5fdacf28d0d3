/**
 * What the editor's tests share: automerge without a browser, an empty page as the site makes it,
 * a seeded source of chance, and a short way to write a body down. No test lives here.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as Automerge from "@automerge/automerge/slim";
import type { Node } from "prosemirror-model";
import { loadAutomerge } from "./automerge-loader.ts";
import { MARK_NAMES } from "./schema.ts";

export async function loadAutomergeForTests(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm");
  await loadAutomerge(readFileSync(path));
}

/** jsdom lays nothing out; ProseMirror asks where a range is when it scrolls to the caret. */
export function standInForLayout(): void {
  Range.prototype.getClientRects = () => Object.assign([], { item: () => null });
  Range.prototype.getBoundingClientRect = () => new DOMRect();
}

/** The page that a genesis change makes: two empty texts. */
export function emptyPage(): Uint8Array {
  const doc = Automerge.change(
    Automerge.init<Record<string, string>>("00".repeat(16)),
    { time: 0 },
    (page) => {
      page.title = "";
      page.body = "";
    },
  );
  return Automerge.save(doc);
}

export function actorOf(seed: number, peer: number): string {
  return (seed * 16 + peer + 1).toString(16).padStart(32, "0");
}

export interface Chance {
  /** A whole number from 0 to `end` - 1. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in `percent` of 100 cases. */
  percent(percent: number): boolean;
}

/** Mulberry32: small, and the same numbers for the same seed everywhere. */
export function chanceFrom(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
  return {
    below,
    percent: (percent) => below(100) < percent,
    pick: <T>(from: readonly T[]) => {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
  };
}

/** A body as lines: `heading level=2: some <strong>text</strong>`, attributes in the node's order. */
export function written(doc: Node): string[] {
  const lines: string[] = [];
  doc.forEach((block) => {
    const attrs = Object.entries(block.attrs).map(([key, value]) => ` ${key}=${value}`);
    let text = "";
    block.forEach((inline) => {
      const names = MARK_NAMES.filter((name) => inline.marks.some((m) => m.type.name === name));
      text += names.reduceRight((inner, name) => `<${name}>${inner}</${name}>`, inline.text ?? "");
    });
    lines.push(`${block.type.name}${attrs.join("")}:${text === "" ? "" : ` ${text}`}`);
  });
  return lines;
}

/** What the editor is told to call things. */
export const labels = {
  body: "Texte de la page",
  title: "Titre de la page",
  bodyPlaceholder: "Écrivez ici",
  titlePlaceholder: "Sans titre",
  leaveHint: "Échap puis Tab pour quitter le texte",
  todo: (text: string) => `Fait : ${text}`,
  unknownBlock: "Contenu d’une version plus récente",
};
