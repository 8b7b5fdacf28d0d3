/**
 * Keys and typed shortcuts of the body. Which command does what is in `commands.ts`.
 *
 * Tab moves list items only, and never holds a person in the editor: after Escape it leaves.
 */
import { baseKeymap, chainCommands, toggleMark } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import { InputRule, inputRules, undoInputRule } from "prosemirror-inputrules";
import { keydownHandler, keymap } from "prosemirror-keymap";
import type { NodeType } from "prosemirror-model";
import { Plugin, TextSelection } from "prosemirror-state";
import {
  backspace,
  deleteForward,
  enter,
  indentBy,
  lineBreak,
  toggleBlock,
  toggleTodo,
} from "./commands.ts";
import { bodySchema } from "./schema.ts";

const { nodes, marks } = bodySchema;

export function bodyKeymap(): Plugin[] {
  const erase = chainCommands(undoInputRule, backspace);
  return [
    tabPlugin(),
    keymap({
      Enter: enter,
      "Shift-Enter": lineBreak,
      Backspace: erase,
      "Mod-Backspace": erase,
      "Shift-Backspace": erase,
      Delete: deleteForward,
      "Mod-Delete": deleteForward,
      "Mod-Enter": toggleTodo(),
      "Mod-b": toggleMark(marks.strong),
      "Mod-i": toggleMark(marks.em),
      "Mod-e": toggleMark(marks.code),
      "Mod-Shift-x": toggleMark(marks.strike),
      "Mod-Alt-0": toggleBlock(nodes.paragraph),
      "Mod-Alt-1": toggleBlock(nodes.heading, { level: 1 }),
      "Mod-Alt-2": toggleBlock(nodes.heading, { level: 2 }),
      "Mod-Alt-3": toggleBlock(nodes.heading, { level: 3 }),
      "Mod-Shift-7": toggleBlock(nodes.ordered),
      "Mod-Shift-8": toggleBlock(nodes.bullet),
      "Mod-Shift-9": toggleBlock(nodes.todo),
      "Mod-z": undo,
      "Mod-y": redo,
      "Mod-Shift-z": redo,
    }),
    keymap(baseKeymap),
  ];
}

/** Tab and Shift-Tab in lists; Escape gives Tab back to the browser until the next other key. */
function tabPlugin(): Plugin {
  let leaving = false;
  const onTab = keydownHandler({ Tab: indentBy(1), "Shift-Tab": indentBy(-1) });
  return new Plugin({
    props: {
      handleKeyDown(view, event) {
        if (event.key === "Escape") {
          leaving = true;
          return false;
        }
        if (event.key === "Tab") return leaving ? false : onTab(view, event);
        // Shift alone must not take the promise back: Escape, then Shift-Tab, leaves backwards.
        if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) leaving = false;
        return false;
      },
      handleDOMEvents: {
        focus: () => {
          leaving = false;
          return false;
        },
      },
    },
  });
}

/** A shortcut at the start of a paragraph that changes its kind; Backspace takes it back. */
function blockRule(
  pattern: RegExp,
  type: NodeType,
  attrs: (match: RegExpMatchArray) => Record<string, unknown> = () => ({}),
): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const $start = state.doc.resolve(start);
    if ($start.parent.type !== nodes.paragraph || $start.parentOffset > 0) return null;
    return state.tr.delete(start, end).setNodeMarkup($start.before(), type, attrs(match));
  });
}

export function bodyInputRules(): Plugin {
  return inputRules({
    rules: [
      blockRule(/^(#{1,3})\s$/, nodes.heading, (match) => ({ level: match[1]?.length ?? 1 })),
      blockRule(/^[-*]\s$/, nodes.bullet),
      blockRule(/^\d{1,3}[.)]\s$/, nodes.ordered),
      blockRule(/^\[ ?\]\s$/, nodes.todo),
      blockRule(/^\[[xX]\]\s$/, nodes.todo, () => ({ done: true })),
      blockRule(/^>\s$/, nodes.quote),
      blockRule(/^```\s$/, nodes.code_block),
      new InputRule(/^---$/, (state, _match, start, end) => {
        const $start = state.doc.resolve(start);
        if ($start.parent.type !== nodes.paragraph || end !== $start.end()) return null;
        const tr = state.tr.delete(start, end).setNodeMarkup($start.before(), nodes.divider);
        const after = tr.mapping.map($start.after());
        tr.insert(after, nodes.paragraph.create());
        return tr.setSelection(TextSelection.create(tr.doc, after + 1));
      }),
    ],
  });
}

/** Text typed on a rule goes into a paragraph below it. */
export function dividerTyping(): Plugin {
  return new Plugin({
    props: {
      handleTextInput(view, from, to, text) {
        const { parent } = view.state.doc.resolve(from);
        if (parent.type !== nodes.divider || parent.content.size > 0 || from !== to) return false;
        const after = from + 1;
        const tr = view.state.tr.insert(after, nodes.paragraph.create(null, bodySchema.text(text)));
        view.dispatch(
          tr.setSelection(TextSelection.create(tr.doc, after + 1 + text.length)).scrollIntoView(),
        );
        return true;
      },
    },
  });
}
