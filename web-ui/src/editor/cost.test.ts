// @vitest-environment node
/**
 * What writing costs in a long page: 500 paragraphs of 84 characters. Times are printed; what is
 * asserted is what does not depend on the machine: the bytes of a change and the way it takes.
 */

import * as Automerge from "@automerge/automerge/slim";
import { toggleMark } from "prosemirror-commands";
import { history } from "prosemirror-history";
import { TextSelection } from "prosemirror-state";
import { beforeAll, expect, test } from "vitest";
import { EditorBinding } from "./binding.ts";
import { enter } from "./commands.ts";
import { bodySchema } from "./schema.ts";
import { actorOf, emptyPage, loadAutomergeForTests } from "./test-support.ts";

const PARAGRAPHS = 500;
const ROUNDS = 100;
const SENTENCE =
  "Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment.";

beforeAll(() => loadAutomergeForTests());

function longPage(): Uint8Array {
  const page = Automerge.getBackend(Automerge.load(emptyPage(), { actor: actorOf(0, 9) }));
  const body = page.getWithType("/", "body")?.[1] as string;
  for (let i = 0; i < PARAGRAPHS; i++) {
    page.splitBlock(body, 0, {});
    page.put(page.getWithType(body, 0)?.[1] as string, "type", "paragraph", "str");
    page.splice(body, 1, 0, SENTENCE);
  }
  page.commit(null, 0);
  return page.save();
}

function median(times: number[]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2);
  return `${at(0.5)} ms (p99 ${at(0.99)})`;
}

test("typing in 500 paragraphs takes the short way", () => {
  const saved = longPage();
  const sent: Uint8Array[] = [];
  const options = {
    bodyPlugins: [history()],
    onChanges: (made: Uint8Array[]) => sent.push(...made),
  };
  const one = new EditorBinding({ saved, actor: actorOf(0, 0), ...options });
  const other = new EditorBinding({
    saved,
    actor: actorOf(0, 1),
    bodyPlugins: [],
    onChanges: () => {},
  });
  const middle = Math.floor(PARAGRAPHS / 2) * (SENTENCE.length + 2) + 20;
  one.dispatch("body", one.body.tr.setSelection(TextSelection.create(one.body.doc, middle)));

  const timed = (rounds: number, action: () => void) =>
    median(
      Array.from({ length: rounds }, () => {
        const start = performance.now();
        action();
        return performance.now() - start;
      }),
    );

  const typing = timed(ROUNDS, () => one.dispatch("body", one.body.tr.insertText("x")));
  expect(sent).toHaveLength(ROUNDS);
  for (const change of sent) expect(change.length).toBeLessThan(160);
  const received = sent.splice(0);
  const apart = received.slice(0, ROUNDS / 2);
  const remote = timed(apart.length, () => other.applyRemote(apart.splice(0, 1)));
  const together = timed(1, () => other.applyRemote(received.slice(ROUNDS / 2)));
  expect(other.counts).toMatchObject({ remoteByPatches: ROUNDS / 2 + 1, remoteByDiff: 0 });

  const splitting = timed(20, () => enter(one.body, (tr) => one.dispatch("body", tr)));
  const bold = timed(20, () => {
    const from = middle - 10;
    one.dispatch(
      "body",
      one.body.tr.setSelection(TextSelection.create(one.body.doc, from, middle)),
    );
    toggleMark(bodySchema.marks.strong)(one.body, (tr) => one.dispatch("body", tr));
  });
  const structure = timed(1, () => other.applyRemote(sent.splice(0)));
  expect(other.body.doc.eq(one.body.doc)).toBe(true);
  process.stdout.write(
    [
      `cost at ${PARAGRAPHS} paragraphs:`,
      `  a typed character      ${typing}`,
      `  Enter                  ${splitting}`,
      `  bold                   ${bold}`,
      `  one remote character   ${remote}`,
      `  fifty of them together ${together}`,
      `  forty remote edits     ${structure}`,
      "",
    ].join("\n"),
  );
}, 60_000);
