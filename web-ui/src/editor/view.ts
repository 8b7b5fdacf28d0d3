/**
 * The editor on the screen: two views on one binding, and the handle that the page uses. Draws no
 * toolbar and no status, opens no connection, holds no text of its own.
 */
import { history } from "prosemirror-history";
import type { Node } from "prosemirror-model";
import { TextSelection, type Transaction } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import "prosemirror-view/style/prosemirror.css";
import { loadAutomerge } from "./automerge-loader.ts";
import { EditorBinding } from "./binding.ts";
import "./editor.css";
import { createCommands, type EditorCommands, run } from "./handle-commands.ts";
import { bodyInputRules, bodyKeymap, dividerTyping } from "./keymap.ts";
import type { EditorLabels } from "./labels.ts";
import { nodeViews } from "./node-views.ts";
import type { Field } from "./page-document.ts";
import { cleanHtml } from "./paste.ts";
import { createPresence, type Person } from "./presence.ts";
import { RemoteQueue } from "./remote-queue.ts";
import { bodySchema, safeHref } from "./schema.ts";
import { createTitleView, placeholderAttributes, titlePlugins } from "./title-view.ts";
import { sameToolbar, type ToolbarState, toolbarState } from "./toolbar.ts";

export interface EditorOptions {
  /** The page's document as the site saved it, genesis change included. */
  saved: Uint8Array;
  /** 16 bytes in hexadecimal, given by the site for this tab and this page. */
  actor: string;
  /** Called before the key press that made the change returns. */
  onChanges(changes: Uint8Array[]): void;
  /** Cursors of the caret and the selection; null while the text has no focus. */
  onSelection(cursor: { anchor: string; head: string } | null): void;
  editable: boolean;
  labels: EditorLabels;
  /** Where the title goes; without it the title is put above the text in `host`. */
  titleHost?: HTMLElement;
  /** Ctrl or Command and click on a link; without it the browser opens it in another tab. */
  onOpenLink?(href: string): void;
}

export interface EditorHandle {
  applyRemote(changes: Uint8Array[]): void;
  setPresence(people: readonly Person[]): void;
  setEditable(editable: boolean): void;
  commands: EditorCommands;
  /** The same object until something in it changes. */
  state(): ToolbarState;
  /** Calls `listener` after `state()` changed; answers how to stop. */
  subscribe(listener: () => void): () => void;
  /** Applies at once what has arrived and waits. */
  flush(): void;
  heads(): string[];
  /** The changes a site with these heads does not have, oldest first. */
  changesSince(heads: string[]): Uint8Array[];
  /** The whole document, to be kept on this device. */
  save(): Uint8Array;
  focus(field?: Field): void;
  destroy(): void;
}

/** Quiet time after which what was shown from patches is compared with the document itself. */
const COMPARE_AFTER_MS = 2_000;

/** Loads automerge if it is not loaded yet, then opens the editor. */
export async function openEditor(host: HTMLElement, options: EditorOptions): Promise<EditorHandle> {
  await loadAutomerge();
  return createEditor(host, options);
}

/** Opens an editor in `host`. Only after `loadAutomerge` has resolved. */
export function createEditor(host: HTMLElement, options: EditorOptions): EditorHandle {
  const { labels } = options;
  const listeners = new Set<() => void>();
  let editable = options.editable;
  let focused: Field | null = null;
  let lastUsed: Field = "body";
  let compare: ReturnType<typeof setTimeout> | undefined;
  let lastCursor = "";
  let destroyed = false;

  const presence = createPresence((cursor) => binding.positionOfCursor(cursor), readScreen);
  const binding: EditorBinding = new EditorBinding({
    saved: options.saved,
    actor: options.actor,
    onChanges: options.onChanges,
    titlePlugins: [history(), ...titlePlugins(() => handle.focus("body"))],
    bodyPlugins: [history(), bodyInputRules(), dividerTyping(), ...bodyKeymap(), presence.plugin],
  });

  const titleHost = options.titleHost ?? host;
  const titleView = createTitleView(
    titleHost,
    binding,
    labels,
    (tr) => dispatch("title", tr),
    () => editable,
    (now) => onFocus("title", now),
  );

  const hint = document.createElement("p");
  hint.id = `editor-hint-${options.actor}`;
  hint.className = "editor-hint";
  hint.textContent = labels.leaveHint;

  const bodyView = new EditorView(host, {
    state: binding.body,
    dispatchTransaction: (tr) => dispatch("body", tr),
    editable: () => editable,
    nodeViews: nodeViews(labels),
    attributes: ({ doc }) => ({
      ...placeholderAttributes(isEmpty(doc), labels.bodyPlaceholder),
      class: "editor-body",
      role: "textbox",
      "aria-label": labels.body,
      "aria-multiline": "true",
      "aria-describedby": hint.id,
      "aria-readonly": String(!editable),
    }),
    transformPastedHTML: cleanHtml,
    handleDOMEvents: {
      focus: () => onFocus("body", true),
      blur: () => onFocus("body", false),
      compositionend: () => {
        // After ProseMirror has read the composed word.
        setTimeout(() => queue.flush(), 50);
      },
    },
    handleClick: (_view, _position, event) => openLink(event, options.onOpenLink),
  });
  host.append(hint);

  const queue = new RemoteQueue(applyNow, () => bodyView.composing || titleView.composing);
  let toolbar = currentToolbar();

  function currentToolbar(): ToolbarState {
    const used = lastUsed === "title" ? binding.title : binding.body;
    return toolbarState(binding.body, used, focused, editable);
  }

  function dispatch(field: Field, tr: Transaction): void {
    if (tr.docChanged) lastUsed = field;
    try {
      binding.dispatch(field, tr);
    } catch (problem) {
      // The browser may show already what was not written: draw what is.
      bodyView.updateState(binding.body);
      titleView.updateState(binding.title);
      throw problem;
    }
    show();
  }

  /**
   * Takes in what the browser has done already and not yet said: a caret that Ctrl+End has moved, a
   * letter just put. Drawing without it would put the caret back to where it was.
   */
  function readScreen(): void {
    if (!bodyView.hasFocus() && !titleView.hasFocus()) return;
    document.dispatchEvent(new Event("selectionchange"));
  }

  function applyNow(changes: Uint8Array[]): void {
    readScreen();
    binding.applyRemote(changes);
    show();
    clearTimeout(compare);
    compare = setTimeout(() => {
      readScreen();
      if (binding.reconcile()) show();
    }, COMPARE_AFTER_MS);
  }

  function show(): void {
    if (bodyView.state !== binding.body) bodyView.updateState(binding.body);
    if (titleView.state !== binding.title) titleView.updateState(binding.title);
    tellSelection();
    const next = currentToolbar();
    if (sameToolbar(toolbar, next)) return;
    toolbar = next;
    for (const listener of listeners) listener();
  }

  function tellSelection(): void {
    const { anchor, head } = binding.body.selection;
    const cursor =
      focused === "body"
        ? { anchor: binding.cursorAt(anchor), head: binding.cursorAt(head) }
        : null;
    const key = cursor === null ? "" : `${cursor.anchor} ${cursor.head}`;
    if (key === lastCursor) return;
    lastCursor = key;
    options.onSelection(cursor);
  }

  function onFocus(field: Field, now: boolean): void {
    if (now) lastUsed = field;
    if (now) focused = field;
    else if (focused === field) focused = null;
    show();
  }

  const handle: EditorHandle = {
    applyRemote(changes) {
      // What is still on its way when the page closes is with the site already.
      if (!destroyed) queue.push(changes);
    },
    setPresence: (people) => presence.setPeople(people),
    setEditable(next) {
      editable = next;
      bodyView.setProps({});
      titleView.setProps({});
      show();
    },
    commands: createCommands(
      (command) => run(bodyView, command),
      (command) => run(lastUsed === "title" ? titleView : bodyView, command),
      () => editable && !destroyed,
    ),
    state: () => toolbar,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    flush: () => queue.flush(),
    heads: () => binding.heads(),
    changesSince: (heads) => binding.document.changesSince(heads),
    save: () => binding.document.save(),
    focus(field = "body") {
      if (field === "title") titleView.focus();
      else {
        const start = TextSelection.atStart(binding.body.doc);
        if (titleView.hasFocus()) dispatch("body", binding.body.tr.setSelection(start));
        bodyView.focus();
      }
    },
    destroy() {
      if (destroyed) return;
      destroyed = true;
      queue.destroy();
      clearTimeout(compare);
      presence.destroy();
      listeners.clear();
      focused = null;
      titleView.destroy();
      bodyView.destroy();
      hint.remove();
      binding.destroy();
    },
  };
  return handle;
}

function isEmpty(doc: Node): boolean {
  const first = doc.child(0);
  const plain = first.type === bodySchema.nodes.paragraph && first.content.size === 0;
  return plain && doc.childCount === 1;
}

function openLink(event: MouseEvent, onOpenLink: EditorOptions["onOpenLink"]): boolean {
  if (!event.ctrlKey && !event.metaKey) return false;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  const href = safeHref(link?.getAttribute("href") ?? "");
  if (href === null) return false;
  if (onOpenLink !== undefined) onOpenLink(href);
  else window.open(href, "_blank", "noopener,noreferrer");
  return true;
}
