/** A page that can be written in the gallery: one document in memory, and Karim's caret in it. */
import * as Automerge from "@automerge/automerge/slim";
import type { FrameIn, FrameOut } from "../src/api/types.ts";
import { loadAutomerge } from "../src/editor/automerge-loader.ts";
import { encode } from "../src/features/pages/session.ts";
import { karim } from "./fixtures.ts";

type Page = { title: string; body: string };

const paragraphs = [
  "Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment.",
  "Le désamiantage commence le lundi 4 janvier et dure sept semaines.",
  "Solène Cariou propose de garder la chaîne froide sur place.",
];

function makePage(): Automerge.Doc<Page> {
  const empty = Automerge.init<Page>("00".repeat(16));
  return Automerge.change(empty, { time: 0 }, (page) => {
    page.title = "Plan de phasage des travaux";
    page.body = paragraphs.join("\n");
  });
}

export async function answerFrame(frame: FrameOut, say: (frame: FrameIn) => void): Promise<void> {
  if (frame.t === "edit") say({ t: "saved", item: frame.item, n: frame.n });
  if (frame.t !== "open") return;
  await loadAutomerge();
  const page = makePage();
  const at = (index: number) => Automerge.getCursor(page, ["body"], index);
  const people = [{ id: "k", person: karim, anchor: at(20), head: at(24) }];
  const saved = encode(Automerge.save(page));
  say({ t: "doc", item: frame.item, actor: frame.nonce, saved, people });
}
