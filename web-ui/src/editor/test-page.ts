/** A page made of given texts and markers, and an editor on it, for the tests of the binding. */
import * as Automerge from "@automerge/automerge/slim";
import { history } from "prosemirror-history";
import { type Command, TextSelection, type Transaction } from "prosemirror-state";
import { EditorBinding } from "./binding.ts";
import { actorOf, emptyPage } from "./test-support.ts";

export type Span = string | Record<string, string | number | boolean>;

/** A page whose body is made of texts and markers, and an editor on it. */
export function openPage(spans: Span[], peer = 0, title = "") {
  const page = Automerge.getBackend(Automerge.load(emptyPage(), { actor: actorOf(9, 9) }));
  const body = page.getWithType("/", "body")?.[1] as string;
  for (const span of spans) {
    const end = page.length(body);
    if (typeof span === "string") page.splice(body, end, 0, span);
    else {
      page.splitBlock(body, end, {});
      const marker = page.getWithType(body, end)?.[1] as string;
      for (const [key, value] of Object.entries(span)) {
        page.put(marker, key, value, typeof value === "string" ? "str" : undefined);
      }
    }
  }
  page.splice(page.getWithType("/", "title")?.[1] as string, 0, 0, title);
  page.commit(null, 0);
  const saved = page.save();
  const changes: Uint8Array[] = [];
  const binding = new EditorBinding({
    saved,
    actor: actorOf(9, peer),
    bodyPlugins: [history()],
    titlePlugins: [history()],
    onChanges: (made) => changes.push(...made),
  });
  const dispatch = (tr: Transaction) => binding.dispatch("body", tr);
  const select = (from: number, to = from) =>
    dispatch(binding.body.tr.setSelection(TextSelection.create(binding.body.doc, from, to)));
  const run = (command: Command) => command(binding.body, dispatch);
  return { saved, changes, binding, dispatch, select, run };
}

export const paragraph = { type: "paragraph" };

export const insert =
  (text: string): Command =>
  (state, dispatch) => {
    dispatch?.(state.tr.insertText(text));
    return true;
  };
export const remove: Command = (state, dispatch) => {
  dispatch?.(state.tr.deleteSelection());
  return true;
};
