/**
 * Gathers what comes in quick succession: the first is passed on at once, what follows within the
 * window together at its end. A busy channel brings hundreds of rows a second; drawing each by
 * itself would leave the reader's screen no time for anything else. No clock of its own besides
 * the timer, no knowledge of what it carries.
 */

/** Seen as «at once» by a reader, and far above what drawing one screen costs. */
export const gatherMs = 100;

export class Coalesce<Part> {
  #waiting: Part[] = [];
  #window: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly pass: (parts: readonly Part[]) => void,
    readonly windowMs = gatherMs,
  ) {}

  push(part: Part): void {
    this.#waiting.push(part);
    if (this.#window === undefined) this.#flush();
  }

  /** What waits is dropped. */
  stop(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    const parts = this.#waiting;
    this.#waiting = [];
    // The window opens first: should `pass` throw, what comes next is still passed on.
    this.#window = setTimeout(() => {
      this.#window = undefined;
      if (this.#waiting.length > 0) this.#flush();
    }, this.windowMs);
    this.pass(parts);
  }
}
