/** The title field on the screen: one line that wraps, Enter and Down go on to the text. */
import { redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { Fragment, Slice } from "prosemirror-model";
import type { Command, Plugin, Transaction } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import type { EditorBinding } from "./binding.ts";
import type { EditorLabels } from "./labels.ts";
import { titleSchema } from "./schema.ts";

export function titlePlugins(toBody: () => void): Plugin[] {
  const leave: Command = () => {
    toBody();
    return true;
  };
  const leaveAtEnd: Command = (state, _dispatch, view) => {
    const atEnd = state.selection.empty && state.selection.to === state.doc.content.size;
    return atEnd || view?.endOfTextblock("down") ? leave(state) : false;
  };
  return [
    keymap({
      Enter: leave,
      "Shift-Enter": leave,
      ArrowDown: leaveAtEnd,
      "Mod-z": undo,
      "Mod-y": redo,
      "Mod-Shift-z": redo,
    }),
  ];
}

/**
 * Shown by the style sheet from an attribute of the whole field: an element inside an empty field
 * would catch what is typed there, unseen by ProseMirror.
 */
export function placeholderAttributes(empty: boolean, text: string): Record<string, string> {
  return empty ? { "data-placeholder": text, "aria-placeholder": text } : {};
}

export function createTitleView(
  host: HTMLElement,
  binding: EditorBinding,
  labels: EditorLabels,
  dispatch: (tr: Transaction) => void,
  editable: () => boolean,
  onFocus: (focused: boolean) => void,
): EditorView {
  return new EditorView(host, {
    state: binding.title,
    dispatchTransaction: dispatch,
    editable,
    attributes: ({ doc }) => ({
      ...placeholderAttributes(doc.content.size === 0, labels.titlePlaceholder),
      class: "editor-title",
      role: "textbox",
      "aria-label": labels.title,
      "aria-multiline": "false",
      "aria-readonly": String(!editable()),
    }),
    handleDOMEvents: {
      focus: () => onFocus(true),
      blur: () => onFocus(false),
    },
    // Whatever is pasted, a title is one line of bare text.
    transformPastedHTML: (html) => {
      const text = new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
      const element = document.createElement("span");
      element.textContent = oneLine(text);
      return element.outerHTML;
    },
    clipboardTextParser: (text) => {
      const line = oneLine(text);
      return new Slice(line === "" ? Fragment.empty : Fragment.from(titleSchema.text(line)), 0, 0);
    },
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
