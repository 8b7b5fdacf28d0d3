/** The editor's chunk: loaded when a page is being written, beside the screen that holds it. */
export { openDocument } from "../../editor/automerge-loader.ts";
export { openEditor, safeHref } from "../../editor/index.ts";
