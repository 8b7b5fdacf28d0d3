/**
 * Commands on their way to the site. Each is kept on this device first, sent in order, and leaves
 * only when the site answered. A command that the site refuses stays, with the reason, until the
 * person has seen it: a text is never lost by a «no».
 */
import { ApiError, call, randomId, UnreachableError } from "./client.ts";
import type { CommandStore, Waiting } from "./store.ts";
import type { Command, CommandAnswer } from "./types.ts";

const retryMs = { first: 1_000, most: 30_000 };
/** These say «not now», not «no»: the command goes on waiting. */
const later = new Set(["busy", "too-many-tries", "not-signed-in", "csrf"]);

type Post = (body: unknown) => Promise<CommandAnswer>;
type Promised = { resolve: (answer: CommandAnswer) => void; reject: (error: unknown) => void };

export class Outbox {
  #list: readonly Waiting[] = [];
  #person: string | null = null;
  #running = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #store: Promise<CommandStore>;
  readonly #promised = new Map<string, Promised>();
  readonly #listeners = new Set<() => void>();
  durable = false;

  constructor(
    store: Promise<CommandStore>,
    readonly post: Post = (body) => call("POST", "/commands", body),
  ) {
    this.#store = store;
  }

  /** What waits, of the person signed in; the same array until something changes. */
  list = (): readonly Waiting[] => this.#list;

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Called once a person is known: what she left waiting here goes out now. */
  async begin(person: string): Promise<void> {
    this.#person = person;
    const store = await this.#store;
    this.durable = store.durable;
    const rows = await store.all();
    if (this.#person !== person) return;
    const known = new Set(this.#list.map((waiting) => waiting.id));
    const kept = rows.filter((row) => row.person === person && !known.has(row.id));
    this.#set([...kept, ...this.#list]);
    this.wake();
  }

  /** Signed out: commands stay on the device for that person, and out of sight of the next. */
  end(): void {
    this.#person = null;
    clearTimeout(this.#timer);
    this.#set([]);
  }

  /**
   * Keeps the command, then sends it. Resolves with the site's answer, however late; rejects only
   * when the site said no.
   */
  run(command: Command): Promise<CommandAnswer> {
    const person = this.#person;
    if (!person) return Promise.reject(new Error("no person is signed in"));
    const waiting: Waiting = { id: randomId(), person, command, atMs: Date.now() };
    this.#set([...this.#list, waiting]);
    const answer = new Promise<CommandAnswer>((resolve, reject) => {
      this.#promised.set(waiting.id, { resolve, reject });
    });
    void this.#keep(waiting).then(() => this.wake());
    return answer;
  }

  async #keep(waiting: Waiting): Promise<void> {
    const store = await this.#store;
    // A full disk must not stop the sending: the command then waits in memory only.
    await store.put(waiting).catch(() => {
      this.durable = false;
    });
  }

  /** Sends now what waits: after a new command, on a live line, when the network is back. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#tries = 0;
    void this.#flush();
  }

  async again(id: string): Promise<void> {
    const found = this.#list.find((waiting) => waiting.id === id);
    if (!found) return;
    const { refused: _refused, ...fresh } = found;
    this.#set(this.#list.map((waiting) => (waiting.id === id ? fresh : waiting)));
    await this.#keep(fresh);
    this.wake();
  }

  async forget(id: string): Promise<void> {
    this.#promised.delete(id);
    await (await this.#store).remove(id);
    this.#set(this.#list.filter((waiting) => waiting.id !== id));
  }

  async #flush(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const next = this.#list.find((waiting) => waiting.refused === undefined);
        if (!next || next.person !== this.#person) return;
        if (!(await this.#sendOne(next))) return;
      }
    } finally {
      this.#running = false;
    }
  }

  /** False when the rest must wait. */
  async #sendOne(waiting: Waiting): Promise<boolean> {
    const promised = this.#promised.get(waiting.id);
    try {
      const answer = await this.post({ id: waiting.id, ...waiting.command });
      this.#tries = 0;
      promised?.resolve(answer);
      await this.forget(waiting.id);
      return true;
    } catch (error) {
      if (error instanceof ApiError && !later.has(error.body.code)) {
        promised?.reject(error);
        await this.#refuse(waiting, error.message);
        return true;
      }
      if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error;
      this.#later(error instanceof ApiError ? error.body.retryAfterSeconds : undefined);
      return false;
    }
  }

  async #refuse(waiting: Waiting, reason: string): Promise<void> {
    this.#promised.delete(waiting.id);
    // Only what carries words of the person is worth keeping; a refused tick is not.
    if (!("text" in waiting.command)) return this.forget(waiting.id);
    const refused = { ...waiting, refused: reason };
    this.#set(this.#list.map((row) => (row.id === waiting.id ? refused : row)));
    await this.#keep(refused);
  }

  #later(seconds?: number): void {
    const wait = seconds
      ? seconds * 1000
      : Math.min(retryMs.first * 2 ** this.#tries, retryMs.most);
    this.#tries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), wait);
  }

  #set(list: readonly Waiting[]): void {
    this.#list = list;
    for (const listener of [...this.#listeners]) listener();
  }
}
