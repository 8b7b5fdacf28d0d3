/**
 * The one live line of this tab to its site. Knows frames and topics, no view and no screen:
 * parts subscribe by frame type. After a cut it comes back by itself and watches the same topics.
 */
import { readJson } from "../text/deleted.ts";
import type { FrameIn, FrameOut, Topic } from "./types.ts";

/** First try again at once-ish, then at most half a minute apart: an office line may be down long. */
const retryMs = { first: 400, most: 30_000 };
/** A line that says nothing for this long is dead even if the browser has not noticed. */
const silenceMs = 45_000;
const pingMs = 20_000;
/** Not open after this long: said as a cut, though the try goes on. */
const openWithinMs = 3_000;

export type LineState = "connecting" | "open" | "cut";
type Listener<T extends FrameIn["t"]> = (frame: Extract<FrameIn, { t: T }>) => void;

export class LiveSocket {
  #socket: WebSocket | null = null;
  #wanted = false;
  #tries = 0;
  #heardMs = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #slow: ReturnType<typeof setTimeout> | undefined;
  #state: LineState = "connecting";
  readonly #topics = new Map<Topic, number>();
  readonly #listeners = new Map<string, Set<(frame: never) => void>>();
  readonly #stateListeners = new Set<() => void>();

  /** `make` opens the socket: the browser's own, or a double in tests. */
  constructor(readonly make: () => WebSocket = openBrowserSocket) {}

  get state(): LineState {
    return this.#state;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#drop();
    this.#setState("cut");
  }

  /** Try now: the device says that the network is back. */
  wake(): void {
    if (!this.#wanted || this.#state !== "cut") return;
    clearTimeout(this.#retry);
    this.#tries = 0;
    this.#connect();
  }

  /** False when the line is cut: the caller keeps what it wanted to say. */
  send(frame: FrameOut): boolean {
    if (this.#state !== "open" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  on<T extends FrameIn["t"]>(type: T, listener: Listener<T>): () => void {
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set);
    set.add(listener as (frame: never) => void);
    return () => set.delete(listener as (frame: never) => void);
  }

  onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  /** Several parts may watch one topic; it is left when the last of them goes. */
  watch(topic: Topic): () => void {
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    this.#sendTopics();
    return () => {
      const left = (this.#topics.get(topic) ?? 1) - 1;
      if (left > 0) this.#topics.set(topic, left);
      else this.#topics.delete(topic);
      this.#sendTopics();
    };
  }

  #topicsQueued = false;
  /** One frame per turn: a change of screen leaves one topic and enters another. */
  #sendTopics(): void {
    if (this.#topicsQueued) return;
    this.#topicsQueued = true;
    queueMicrotask(() => {
      this.#topicsQueued = false;
      this.send({ t: "watch", topics: [...this.#topics.keys()] });
    });
  }

  #connect(): void {
    // While it tries again after a cut, the screen goes on saying «cut».
    if (this.#tries === 0) this.#setState("connecting");
    this.#slow = setTimeout(() => this.#setState("cut"), openWithinMs);
    const socket = this.make();
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.#heardMs = Date.now();
      clearTimeout(this.#slow);
      this.#setState("open");
      this.#sendTopics();
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.#checkLine(), pingMs);
    };
    socket.onmessage = (event) => {
      this.#heardMs = Date.now();
      this.#deliver(String(event.data));
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  #checkLine(): void {
    if (Date.now() - this.#heardMs > silenceMs) this.#lost();
    else this.send({ t: "ping" });
  }

  #lost(): void {
    this.#drop();
    this.#setState("cut");
    if (!this.#wanted) return;
    const wait = Math.min(retryMs.first * 2 ** this.#tries, retryMs.most);
    this.#tries += 1;
    // Spread out, so that a whole building does not come back in the same instant.
    this.#retry = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2));
  }

  #drop(): void {
    clearInterval(this.#ping);
    clearTimeout(this.#slow);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #deliver(text: string): void {
    let frame: FrameIn;
    try {
      frame = readJson(text) as FrameIn;
    } catch {
      return; // A frame that is not JSON cannot come from a site of this version.
    }
    for (const listener of [...(this.#listeners.get(frame.t) ?? [])]) listener(frame as never);
  }

  #setState(state: LineState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener();
  }
}

function openBrowserSocket(): WebSocket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/api/v1/ws`);
}
