/** What jsdom lacks and the interface asks for, and a clean page after every test. */
import { afterEach } from "vitest";

// Tests of the editor run without a page of their own.
if (typeof window !== "undefined") {
  const { cleanup } = await import("@testing-library/react");
  class Watcher {
    observe() {}
    unobserve() {}
    disconnect() {}
    takeRecords() {
      return [];
    }
  }
  Object.assign(window, {
    matchMedia: (query: string) => ({
      matches: false,
      media: query,
      addEventListener() {},
      removeEventListener() {},
    }),
    ResizeObserver: Watcher,
    IntersectionObserver: Watcher,
    scrollTo() {},
  });
  Element.prototype.scrollIntoView ??= () => undefined;
  afterEach(cleanup);
}
