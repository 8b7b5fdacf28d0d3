/**
 * What a toolbar needs to know, as one value that is replaced only when something in it changed
 * (fit for `useSyncExternalStore`). Drawing the toolbar is the page's business.
 */
import { redoDepth, undoDepth } from "prosemirror-history";
import type { EditorState } from "prosemirror-state";
import { linkHref } from "./commands.ts";
import { bodySchema, INDENT_MAX, type MarkName } from "./schema.ts";

export interface ToolbarState {
  /** Kind of the block the selection starts in: "paragraph", "heading", "bullet", … */
  block: string;
  /** 1 to 3 in a heading, else null. */
  level: number | null;
  /** To-dos only. */
  done: boolean | null;
  strong: boolean;
  em: boolean;
  code: boolean;
  strike: boolean;
  /** Address of the link at the selection. */
  link: string | null;
  /** Of the field that was used last. */
  canUndo: boolean;
  canRedo: boolean;
  canIndent: boolean;
  canOutdent: boolean;
  focus: "title" | "body" | null;
  editable: boolean;
}

function hasMark(state: EditorState, name: MarkName): boolean {
  const { from, to, empty, $from } = state.selection;
  const type = bodySchema.marks[name];
  if (empty) return type.isInSet(state.storedMarks ?? $from.marks()) !== undefined;
  return state.doc.rangeHasMark(from, to, type);
}

export function toolbarState(
  body: EditorState,
  used: EditorState,
  focus: ToolbarState["focus"],
  editable: boolean,
): ToolbarState {
  const { parent } = body.selection.$from;
  const node = parent.isTextblock ? parent : (body.selection.$from.nodeAfter ?? parent);
  const indent: unknown = node.attrs.indent;
  return {
    block: node.type === bodySchema.nodes.code_block ? "code" : node.type.name,
    level: node.attrs.level ?? null,
    done: node.attrs.done ?? null,
    strong: hasMark(body, "strong"),
    em: hasMark(body, "em"),
    code: hasMark(body, "code"),
    strike: hasMark(body, "strike"),
    link: linkHref(body.selection),
    canUndo: editable && undoDepth(used) > 0,
    canRedo: editable && redoDepth(used) > 0,
    canIndent: typeof indent === "number" && indent < INDENT_MAX,
    canOutdent: typeof indent === "number" && indent > 0,
    focus,
    editable,
  };
}

export function sameToolbar(left: ToolbarState, right: ToolbarState): boolean {
  return (Object.keys(left) as (keyof ToolbarState)[]).every((key) => left[key] === right[key]);
}
