/**
 * Blocks that need more than their HTML: a to-do with its check box, a rule, a kind this version
 * does not know. Texts come from outside, translated.
 */
import type { Node } from "prosemirror-model";
import type { EditorView, NodeView, NodeViewConstructor } from "prosemirror-view";
import { toggleTodo } from "./commands.ts";
import type { EditorLabels } from "./labels.ts";

type Position = () => number | undefined;

class TodoView implements NodeView {
  readonly dom = document.createElement("div");
  readonly contentDOM = document.createElement("p");
  readonly #box = document.createElement("button");

  constructor(
    node: Node,
    readonly view: EditorView,
    readonly position: Position,
    readonly labels: EditorLabels,
  ) {
    this.dom.dataset.block = "todo";
    this.#box.type = "button";
    this.#box.setAttribute("role", "checkbox");
    this.#box.contentEditable = "false";
    this.#box.addEventListener("click", this.#toggle);
    // A press must not move the caret into the text, nor take a caret elsewhere away.
    this.#box.addEventListener("mousedown", keepCaret);
    this.dom.append(this.#box, this.contentDOM);
    this.#show(node);
  }

  #show(node: Node): void {
    this.dom.dataset.indent = String(node.attrs.indent);
    this.dom.dataset.done = String(node.attrs.done);
    this.#box.setAttribute("aria-checked", String(node.attrs.done));
    this.#box.setAttribute("aria-label", this.labels.todo(node.textContent));
    this.#box.disabled = !this.view.editable;
  }

  readonly #toggle = (event: Event) => {
    event.preventDefault();
    const position = this.position();
    if (position === undefined || !this.view.editable) return;
    toggleTodo(position)(this.view.state, this.view.dispatch);
  };

  update(node: Node): boolean {
    if (node.type.name !== "todo") return false;
    this.#show(node);
    return true;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof globalThis.Node && this.#box.contains(event.target);
  }

  ignoreMutation(mutation: { target: globalThis.Node }): boolean {
    return !this.contentDOM.contains(mutation.target);
  }
}

function keepCaret(event: Event): void {
  event.preventDefault();
}

function dividerView(): NodeView {
  const dom = document.createElement("div");
  dom.dataset.block = "divider";
  const rule = document.createElement("hr");
  rule.contentEditable = "false";
  const contentDOM = document.createElement("p");
  dom.append(rule, contentDOM);
  return { dom, contentDOM };
}

function inertView(node: Node, labels: EditorLabels): NodeView {
  const dom = document.createElement("div");
  dom.dataset.block = "inert";
  dom.contentEditable = "false";
  const note = document.createElement("p");
  note.className = "inert-note";
  note.textContent = labels.unknownBlock;
  const contentDOM = document.createElement("p");
  dom.append(note, contentDOM);
  return {
    dom,
    contentDOM,
    // Its text may change under it, by a newer version elsewhere.
    update: (next) => next.type === node.type,
  };
}

export function nodeViews(labels: EditorLabels): Record<string, NodeViewConstructor> {
  return {
    todo: (node, view, position) => new TodoView(node, view, position, labels),
    divider: dividerView,
    inert: (node) => inertView(node, labels),
  };
}
