/**
 * Keeps an automerge document and two ProseMirror states, body and title, equal at all times.
 * Headless: it needs no view and no DOM, so that tests can run thousands of sessions.
 *
 * The invariant: after every call, `body.doc` is exactly `render` of the automerge body, and the
 * title's text is the automerge title. A local transaction becomes one automerge change (several if it is very long), given to
 * `onChanges` before `dispatch` returns. Remote changes become transactions outside of the undo
 * history. Nothing here waits, and nothing here knows of sockets.
 */
import type { Node } from "prosemirror-model";
import { EditorState, type Plugin, type Transaction } from "prosemirror-state";
import { ReplaceStep, type Step } from "prosemirror-transform";
import type { AutomergePatch } from "./automerge-loader.ts";
import {
  indexOfPosition,
  positionOfIndex,
  type RenderedBody,
  render,
  staysImplicit,
} from "./blocks.ts";
import { bodySelectionAfter, titleSelectionAfter } from "./caret.ts";
import { diffBodies, LONE_SURROGATE } from "./diff.ts";
import { markOps } from "./ops.ts";
import { type Field, PageDocument } from "./page-document.ts";
import { markRemote, REMOTE_META, transactionFromDiff, transactionFromPatches } from "./remote.ts";
import { bodySchema } from "./schema.ts";
import { titleDocument, titleOps, titleTransaction } from "./title.ts";

export interface BindingOptions {
  saved: Uint8Array;
  actor: string;
  onChanges(changes: Uint8Array[]): void;
  bodyPlugins?: Plugin[];
  titlePlugins?: Plugin[];
}

/** How often each way was taken; the tests assert that the last resort never is. */
export interface BindingCounts {
  remoteByPatches: number;
  remoteByDiff: number;
  remoteInexact: number;
  repairs: number;
}

export class EditorBinding {
  readonly document: PageDocument;
  readonly counts: BindingCounts = {
    remoteByPatches: 0,
    remoteByDiff: 0,
    remoteInexact: 0,
    repairs: 0,
  };
  readonly #onChanges: (changes: Uint8Array[]) => void;
  #implicit: boolean;
  #body: EditorState;
  #title: EditorState;

  constructor(options: BindingOptions) {
    this.document = new PageDocument(options.saved, options.actor);
    this.#onChanges = options.onChanges;
    const { doc, implicit } = render(this.document.bodySpans());
    this.#implicit = implicit;
    this.#body = EditorState.create({ doc, plugins: options.bodyPlugins ?? [] });
    this.#title = EditorState.create({
      doc: titleDocument(this.document.title()),
      plugins: options.titlePlugins ?? [],
    });
  }

  get body(): EditorState {
    return this.#body;
  }

  get title(): EditorState {
    return this.#title;
  }

  get rendered(): RenderedBody {
    return { doc: this.#body.doc, implicit: this.#implicit };
  }

  heads(): string[] {
    return this.document.heads();
  }

  /** Applies a transaction of the person at this editor, in the state it was made for. */
  dispatch(field: Field, tr: Transaction): void {
    if (field === "title") this.#dispatchTitle(tr);
    else this.#dispatchBody(tr);
  }

  /** If writing fails half-way, nothing is written and the states stay as they were. */
  #dispatchBody(tr: Transaction): void {
    const implicit = this.#implicit;
    try {
      this.#writeBody(tr);
    } catch (problem) {
      this.#implicit = implicit;
      this.#abandon();
      throw problem;
    }
  }

  /** After a failed write: drops it. Of a very long edit, what was finished stays and is shown. */
  #abandon(): void {
    this.document.rollback();
    const finished = this.document.commit();
    if (finished.length === 0) return;
    this.document.skipPatches();
    this.reconcile();
    this.#onChanges(finished);
  }

  #writeBody(tr: Transaction): void {
    const { state, transactions } = this.#body.applyTransaction(tr);
    let repair = false;
    for (const each of transactions) {
      if (each.getMeta(REMOTE_META) === true) continue;
      each.steps.forEach((step, i) => {
        const before = each.docs[i];
        if (before === undefined) return;
        repair = this.#writeStep(before, step, each.docs[i + 1] ?? each.doc) || repair;
      });
    }
    this.#body = state;
    const changes = this.document.commit();
    if (changes.length === 0 && !repair) return;
    this.document.skipPatches();
    if (repair) this.reconcile();
    if (changes.length > 0) this.#onChanges(changes);
  }

  /** Writes one step to automerge; true if what automerge holds may differ from what is shown. */
  #writeStep(beforeDoc: Node, step: Step, afterDoc: Node): boolean {
    if (beforeDoc === afterDoc) return false;
    const before = { doc: beforeDoc, implicit: this.#implicit };
    const after = { doc: afterDoc, implicit: staysImplicit(before, afterDoc) };
    const changed =
      step instanceof ReplaceStep
        ? { from: indexOfPosition(before, step.from), to: indexOfPosition(before, step.to) }
        : undefined;
    const diff = diffBodies(before, after, changed);
    let repair = !diff.whole;
    for (const op of diff.ops) {
      this.document.apply("body", op);
      // A copy of an unknown block keeps its scalars only.
      if ((op.op === "split" || op.op === "update") && op.block.type === bodySchema.nodes.inert) {
        repair = true;
      }
    }
    // Inserted text took marks over from its neighbours; only automerge knows which.
    const inserted = this.document.withInheritedMarks(diff.inserted);
    for (const op of markOps(diff.kept)) this.document.apply("body", op);
    for (const op of markOps(inserted)) this.document.apply("body", op);
    this.#implicit = after.implicit;
    return repair;
  }

  #dispatchTitle(tr: Transaction): void {
    try {
      this.#writeTitle(tr);
    } catch (problem) {
      this.#abandon();
      throw problem;
    }
  }

  #writeTitle(tr: Transaction): void {
    const { state, transactions } = this.#title.applyTransaction(tr);
    let repair = false;
    for (const each of transactions) {
      if (each.getMeta(REMOTE_META) === true) continue;
      each.steps.forEach((step, i) => {
        const before = each.docs[i];
        if (before === undefined) return;
        const after = each.docs[i + 1] ?? each.doc;
        for (const op of titleOps(before.textContent, after.textContent, step)) {
          this.document.apply("title", op);
          if (op.op === "splice" && LONE_SURROGATE.test(op.text)) repair = true;
        }
      });
    }
    this.#title = state;
    const changes = this.document.commit();
    if (changes.length === 0) return;
    this.document.skipPatches();
    if (repair) this.reconcile();
    this.#onChanges(changes);
  }

  /** Takes changes of others in. Answers which states changed. */
  applyRemote(changes: Uint8Array[]): { body: boolean; title: boolean } {
    const bodyBefore = this.#body;
    const titleBefore = this.#title;
    this.document.applyChanges(changes);
    const patches = this.document.takePatches();
    const bodyPatches = patches.filter((patch) => patch.path[0] === "body");
    if (bodyPatches.length > 0) {
      const tr = transactionFromPatches(this.#body, this.#implicit, bodyPatches);
      if (tr === null) {
        if (!this.#reconcileBody(bodyPatches)) this.counts.remoteInexact += 1;
      } else {
        this.counts.remoteByPatches += 1;
        this.#takeBody(tr, this.#implicit, bodyPatches);
      }
    }
    const titlePatches = patches.filter((patch) => patch.path[0] === "title");
    if (titlePatches.length > 0) this.#reconcileTitle(titlePatches);
    return { body: this.#body !== bodyBefore, title: this.#title !== titleBefore };
  }

  /** Makes both states equal to automerge, whatever they were; true if something was different. */
  reconcile(): boolean {
    const before = [this.#body, this.#title];
    this.#reconcileBody();
    this.#reconcileTitle();
    const repaired = this.#body !== before[0] || this.#title !== before[1];
    if (repaired) this.counts.repairs += 1;
    return repaired;
  }

  /** `patches`: what others did, if that is why; it says where the caret goes. */
  #takeBody(tr: Transaction, implicit: boolean, patches: AutomergePatch[] | null): void {
    const after = { doc: tr.doc, implicit };
    const selection =
      patches && bodySelectionAfter(this.#body.selection, this.rendered, after, patches);
    this.#body = this.#body.apply(markRemote(tr, this.#body, selection));
    this.#implicit = implicit;
  }

  /** False if whole blocks had to be replaced. */
  #reconcileBody(patches: AutomergePatch[] | null = null): boolean {
    const target = render(this.document.bodySpans());
    let exact = true;
    if (!target.doc.eq(this.#body.doc)) {
      const found = transactionFromDiff(this.#body, this.#implicit, target);
      exact = found.exact;
      this.counts.remoteByDiff += 1;
      this.#takeBody(found.tr, target.implicit, patches);
    }
    this.#implicit = target.implicit;
    return exact;
  }

  #reconcileTitle(patches: AutomergePatch[] | null = null): void {
    const tr = titleTransaction(this.#title, this.document.title());
    if (tr === null) return;
    const selection = patches && titleSelectionAfter(this.#title.selection, tr.doc, patches);
    this.#title = this.#title.apply(markRemote(tr, this.#title, selection));
  }

  cursorAt(position: number): string {
    return this.document.cursorAt("body", indexOfPosition(this.rendered, position));
  }

  /** The position a cursor stands for here and now; null if it is not known (yet). */
  positionOfCursor(cursor: string): number | null {
    const index = this.document.indexOfCursor("body", cursor);
    return index === null ? null : positionOfIndex(this.rendered, index);
  }

  destroy(): void {
    this.document.free();
  }
}
