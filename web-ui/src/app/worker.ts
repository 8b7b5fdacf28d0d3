/** The service worker's life: registered where the browser allows it, told to forget at sign-out. */

/** Only in a secure context; in development the sources change under the worker's feet. */
export function registerWorker(): void {
  if (!window.isSecureContext || !("serviceWorker" in navigator) || import.meta.env.DEV) return;
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // A browser that refuses workers still has the whole interface, without the offline shell.
  });
}

/** Views of one person must not be shown to the next one of a shared machine. */
export async function forgetViews(): Promise<void> {
  if (!("caches" in window)) return;
  for (const name of await caches.keys()) {
    if (name.startsWith("bocage-views")) await caches.delete(name);
  }
}
