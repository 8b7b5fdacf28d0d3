/** What jsdom lacks and the interface asks for, and a clean page after every test. */
import { afterEach, vi } from "vitest";

// Tests of the editor run without a page of their own.
if (typeof window !== "undefined") {
  const { cleanup, configure } = await import("@testing-library/react");
  // A loaded machine is slow, not wrong; and a whole page in an error message helps nobody.
  configure({
    asyncUtilTimeout: 8_000,
    getElementError: (message) => new Error(message ?? "not found"),
  });
  class Watcher {
    observe() {}
    unobserve() {}
    disconnect() {}
    takeRecords() {
      return [];
    }
  }
  Object.assign(window, {
    // A wide window: the rail, as on a desktop, unless a test narrows it.
    matchMedia: (query: string) => ({
      matches: query.includes("min-width"),
      media: query,
      addEventListener() {},
      removeEventListener() {},
    }),
    ResizeObserver: Watcher,
    IntersectionObserver: Watcher,
    scrollTo() {},
    // Ids of React Aria and of React: the characters that a selector cannot hold.
    CSS: { escape: (text: string) => text.replace(/[^\w-]/g, (character) => `\\${character}`) },
  });
  // axe asks whether a font draws words as icons; ours do not.
  HTMLCanvasElement.prototype.getContext = () => null;
  Element.prototype.scrollIntoView ??= () => undefined;
  afterEach(cleanup);
}

// The same patience for what is waited for without the testing library.
const { waitFor } = vi;
vi.waitFor = (act, options) => waitFor(act, options ?? { timeout: 8_000, interval: 20 });
