/** The page editor, as the rest of the interface sees it. Load this module lazily: it is a chunk. */
export type { EditorCommands } from "./handle-commands.ts";
export type { EditorLabels } from "./labels.ts";
export type { Person } from "./presence.ts";
export { safeHref } from "./schema.ts";
export type { ToolbarState } from "./toolbar.ts";
export { type EditorHandle, type EditorOptions, openEditor } from "./view.ts";
