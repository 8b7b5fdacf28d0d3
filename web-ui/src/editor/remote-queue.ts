/**
 * When changes of others are applied: the first at once, those that follow together, in a window
 * that grows with what applying costs (about 0.25 us per operation in the page, per call; fifty
 * changes cost as much as one). While an input method composes a word, everything waits.
 */

/** Part of the time that applying may take: one part in five, the rest is the writer's. */
const WINDOW_PER_COST = 4;
/** Longer would be seen as jerks; at this cost a page is far over its size limit anyway. */
const WINDOW_MS_MAX = 250;
/** How often to look whether a composition has ended, should its event be missed. */
const COMPOSING_RETRY_MS = 500;

export class RemoteQueue {
  #waiting: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #freeAt = 0;

  constructor(
    readonly apply: (changes: Uint8Array[]) => void,
    readonly composing: () => boolean,
    readonly now: () => number = () => performance.now(),
  ) {}

  push(changes: Uint8Array[]): void {
    this.#waiting.push(...changes);
    if (this.#timer !== undefined || this.#waiting.length === 0) return;
    const wait = this.composing() ? COMPOSING_RETRY_MS : this.#freeAt - this.now();
    if (wait <= 0) this.flush();
    else this.#timer = setTimeout(this.#onTimer, wait);
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    if (this.composing()) this.push([]);
    else this.flush();
  };

  /** Applies all that waits, now, a composition or not. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const changes = this.#waiting;
    this.#waiting = [];
    const start = this.now();
    this.apply(changes);
    const end = this.now();
    this.#freeAt = end + Math.min(WINDOW_MS_MAX, (end - start) * WINDOW_PER_COST);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }
}
