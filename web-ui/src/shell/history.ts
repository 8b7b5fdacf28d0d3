/** Where addresses live: the browser's history, or a list in memory for tests and the gallery. */

export type Place = { pathname: string; hash: string; key: string };

export interface AppHistory {
  readonly place: Place;
  go(to: string, options?: { replace?: boolean }): void;
  /** `back` is true when the person went through her history: her scroll position comes back. */
  listen(listener: (place: Place, back: boolean) => void): () => void;
}

type Listener = (place: Place, back: boolean) => void;

let made = 0;
const newKey = () => `${Date.now().toString(36)}-${made++}`;

function parse(to: string, key: string): Place {
  const url = new URL(to, "http://site");
  return { pathname: url.pathname, hash: decodeURIComponent(url.hash.slice(1)), key };
}

export function browserHistory(): AppHistory {
  const listeners = new Set<Listener>();
  const read = (): Place => {
    const { key } = (history.state ?? {}) as { key?: string };
    return parse(location.pathname + location.hash, key ?? "first");
  };
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => {
    for (const listener of listeners) listener(read(), true);
  });
  return {
    get place() {
      return read();
    },
    go(to, { replace } = {}) {
      const state = { key: newKey() };
      if (replace) history.replaceState(state, "", to);
      else history.pushState(state, "", to);
      for (const listener of listeners) listener(read(), false);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function memoryHistory(start: string): AppHistory {
  const listeners = new Set<Listener>();
  let place = parse(start, newKey());
  return {
    get place() {
      return place;
    },
    go(to) {
      place = parse(to, newKey());
      for (const listener of listeners) listener(place, false);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
