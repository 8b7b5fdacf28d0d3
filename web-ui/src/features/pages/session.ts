/**
 * One page being written in this tab: opens it at the site, sends what is typed, takes what comes,
 * and comes back after a cut. Knows the frames of the live line and nothing of the screen; the
 * document itself stays in the editor, which is reached through `Document`.
 */
import { randomId } from "../../api/client.ts";
import type { LiveSocket } from "../../api/socket.ts";
import type { UnsavedStore } from "../../api/store.ts";
import type { FrameIn, Presence } from "../../api/types.ts";

type Doc = Extract<FrameIn, { t: "doc" }>;

/** The open document, as far as the line needs it. */
export interface Document {
  applyRemote(changes: Uint8Array[]): void;
  /** Takes a whole saved document; answers the changes its site does not have yet. */
  reconcile(saved: Uint8Array): Uint8Array[];
}

export type SessionState = {
  /** Changes on their way: not yet durable at the site. */
  unsaved: number;
  people: readonly Presence[];
};

export type SessionEvents = {
  /** The document to begin with: the first time, and again when it must be opened anew. */
  onOpen(saved: Uint8Array, actor: string): void;
  /** The site did not take the last changes: their words must be shown to the person. */
  onRefused(why: string): void;
  onState(state: SessionState): void;
};

type Place = { person: string; space: string; item: string };

export class PageSession {
  #nonce = randomId();
  #next = 1;
  #pending: { n: number; bytes: string[] }[] = [];
  #people: readonly Presence[] = [];
  #document: Document | null = null;
  #actor = "";
  /** An older tab's changes are being handed over under its own nonce. */
  #handing: { nonce: string; last: number; done: () => void } | null = null;
  #stop: (() => void)[] = [];
  #ended = false;

  constructor(
    readonly place: Place,
    readonly socket: LiveSocket,
    readonly store: UnsavedStore,
    readonly events: SessionEvents,
  ) {}

  async start(): Promise<void> {
    const { item } = this.place;
    const { socket } = this;
    const mine =
      <F extends { item: string }>(act: (frame: F) => void) =>
      (frame: F) =>
        frame.item === item && act(frame);
    this.#stop = [
      socket.on(
        "doc",
        mine((frame) => this.#onDoc(frame)),
      ),
      socket.on(
        "edit",
        mine(({ changes }) => this.#document?.applyRemote(changes.map(decode))),
      ),
      socket.on(
        "saved",
        mine(({ n }) => this.#onSaved(n)),
      ),
      socket.on(
        "refused",
        mine(({ error }) => this.#onRefused(error.message)),
      ),
      socket.on(
        "rebase",
        mine(() => this.#anew()),
      ),
      socket.on(
        "people",
        mine(({ people }) => this.#setPeople(people)),
      ),
      // A fresh line knows nothing of this page.
      socket.on("hello", () => this.#open()),
    ];
    await this.#handOver();
    this.#open();
  }

  /** The editor is ready, or gone. */
  attach(document: Document | null): void {
    this.#document = document;
  }

  send(changes: Uint8Array[]): void {
    const edit = { n: this.#next++, bytes: changes.map(encode) };
    this.#pending.push(edit);
    this.#keep();
    this.socket.send({ t: "edit", item: this.place.item, n: edit.n, changes: edit.bytes });
    this.#tell();
  }

  here(anchor: string | null, head: string | null): void {
    this.socket.send({ t: "here", item: this.place.item, anchor, head });
  }

  end(): void {
    this.#ended = true;
    for (const stop of this.#stop) stop();
    this.socket.send({ t: "close", item: this.place.item });
  }

  #open(): void {
    if (this.#ended) return;
    const { space, item } = this.place;
    const nonce = this.#handing?.nonce ?? this.#nonce;
    this.socket.send({ t: "open", space, item, nonce });
  }

  #onDoc({ saved, actor, people }: Doc): void {
    if (this.#handing) {
      this.#sendKept();
      return;
    }
    this.#setPeople(people);
    if (!this.#document || actor !== this.#actor) {
      this.#actor = actor;
      this.events.onOpen(decode(saved), actor);
      return;
    }
    // Back after a cut: the site may lack what was typed meanwhile, and what it had not confirmed.
    const missing = this.#document.reconcile(decode(saved));
    this.#pending = [];
    if (missing.length > 0) this.send(missing);
    else this.#keep();
    this.#tell();
  }

  #onSaved(n: number): void {
    if (this.#handing) {
      if (n >= this.#handing.last) this.#handing.done();
      return;
    }
    this.#pending = this.#pending.filter((edit) => edit.n > n);
    this.#keep();
    this.#tell();
  }

  #onRefused(why: string): void {
    if (this.#handing) {
      const { nonce, done } = this.#handing;
      void this.store
        .of(this.place.person, this.place.item)
        .then((rows) => rows.find((row) => row.nonce === nonce))
        .then((row) => row && this.store.put({ ...row, refused: true }))
        .finally(done);
      return;
    }
    this.#anew(why);
  }

  /** Opens the page again as the site has it; words it does not have are shown first. */
  #anew(why = ""): void {
    if (this.#pending.length > 0) this.events.onRefused(why);
    this.#pending = [];
    this.#keep();
    this.#document = null;
    this.#nonce = randomId();
    this.#next = 1;
    this.socket.send({ t: "close", item: this.place.item });
    this.#open();
    this.#tell();
  }

  /** Changes that an earlier tab of this person left here go first, under that tab's nonce. */
  async #handOver(): Promise<void> {
    for (const left of await this.store.of(this.place.person, this.place.item)) {
      if (left.changes.length === 0) continue;
      await new Promise<void>((resolve) => {
        const last = left.changes.length;
        const done = () => {
          this.#handing = null;
          resolve();
        };
        this.#handing = { nonce: left.nonce, last, done };
        this.#kept = left.changes.map((edit) => edit.bytes);
        this.#open();
      });
      this.socket.send({ t: "close", item: this.place.item });
      await this.#forgetHanded(left.nonce);
    }
  }

  #kept: string[][] = [];

  #sendKept(): void {
    this.#kept.forEach((changes, index) => {
      this.socket.send({ t: "edit", item: this.place.item, n: index + 1, changes });
    });
  }

  async #forgetHanded(nonce: string): Promise<void> {
    const left = await this.store.of(this.place.person, this.place.item);
    // A refused row is no longer listed, and stays.
    if (left.some((row) => row.nonce === nonce)) await this.store.remove(nonce);
  }

  #keep(): void {
    const { person, space, item } = this.place;
    const nonce = this.#nonce;
    const work =
      this.#pending.length > 0
        ? this.store.put({ nonce, person, space, item, changes: [...this.#pending] })
        : this.store.remove(nonce);
    work.catch(() => undefined);
  }

  #setPeople(people: readonly Presence[]): void {
    this.#people = people;
    this.#tell();
  }

  #tell(): void {
    this.events.onState({ unsaved: this.#pending.length, people: this.#people });
  }
}

export function encode(bytes: Uint8Array): string {
  let text = "";
  // In pieces: the whole of a large page would be too many arguments for one call.
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(text);
}

export function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
