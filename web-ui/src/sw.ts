/**
 * The offline shell, by hand: the page and its files, and the views read lately, so that a screen
 * opens when the line to the site is down. Network first for all that changes; never a command,
 * never a session. Runs in a worker: imports nothing.
 */

/** The few members of the worker's global scope used here (the DOM library does not type them). */
type ExtendableEvent = Event & { waitUntil(work: Promise<unknown>): void };
type FetchEvent = ExtendableEvent & {
  request: Request;
  respondWith(answer: Promise<Response>): void;
};
type WorkerScope = {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", act: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", act: (event: FetchEvent) => void): void;
};
const scope = self as unknown as WorkerScope;

const shellName = "bocage-shell-1";
const viewsName = "bocage-views-1";
const shellPage = "/";

/** Recent views only: enough for a day's work in a few spaces, small on a cheap phone. */
const viewsMost = 200;
/** Old builds' files go once there are more than this many. */
const filesMost = 120;
/** How long a view waits for the site before the kept one is shown. */
const viewWaitMs = 4_000;

scope.addEventListener("install", (event) => {
  event.waitUntil(
    keepShell()
      .catch(() => undefined)
      .then(() => scope.skipWaiting()),
  );
});

/** The page and the files it begins with, so that the very next visit can be without a line. */
async function keepShell(): Promise<void> {
  const answer = await fetch(shellPage, { credentials: "omit" });
  if (!answer.ok) return;
  const page = await withoutFirstData(answer);
  const files = (await page.clone().text()).match(/\/assets\/[^"]+/g) ?? [];
  const cache = await caches.open(shellName);
  await cache.put(shellPage, page);
  await cache.addAll([...new Set(files)]);
}

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name !== shellName && name !== viewsName)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!url.pathname.startsWith("/api/")) event.respondWith(page(request));
  } else if (url.pathname.startsWith("/assets/")) {
    event.respondWith(file(request));
  } else if (isView(url.pathname)) {
    event.respondWith(view(request));
  }
});

/** Reading views of the API; not the live line, and not the list of signed-in devices. */
const isView = (path: string) =>
  path.startsWith("/api/v1/") && !/\/(ws|sessions|openapi\.json)$/.test(path);

async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      // The newest page names the newest files.
      const kept = await withoutFirstData(answer.clone());
      await (await caches.open(shellName)).put(shellPage, kept);
    }
    return answer;
  } catch (cause) {
    const kept = await caches.match(shellPage);
    if (kept) return kept;
    throw cause;
  }
}

/** The page carries one person's first data: only a page without it may be kept. */
async function withoutFirstData(response: Response): Promise<Response> {
  const text = await response.text();
  const clean = text.replace(
    /(<script type="application\/json" id="bocage-first">)[\s\S]*?(<\/script>)/,
    "$1null$2",
  );
  // Length and coding were those of the answer as it came; the policy must stay.
  const headers = new Headers();
  for (const name of ["content-type", "content-security-policy"]) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(clean, { headers });
}

/** Files are named by their content: the kept one is the right one. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(shellName);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    await trim(cache, filesMost);
  }
  return answer;
}

async function view(request: Request): Promise<Response> {
  const cache = await caches.open(viewsName);
  const kept = await cache.match(request);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok) {
      await cache.put(request, answer.clone());
      await trim(cache, viewsMost);
    } else if (answer.status === 401) {
      await caches.delete(viewsName);
    }
    return answer;
  });
  if (!kept) return asked;
  // Deliberately a race: a site that hangs must not hang the screen.
  const slow = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), viewWaitMs));
  return Promise.race([asked.catch(() => kept), slow]);
}

async function trim(cache: Cache, most: number): Promise<void> {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key);
}
