/** automerge-repo: the library that is nearest to ours. */
import { Repo, splice } from "@automerge/automerge-repo";
import { WebSocketClientAdapter, WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { WebSocketServer } from "ws";
import { keystrokes, PAGE_TEXT, PAGES, seconds, serve, tell, version } from "./common.mjs";

/** Longer than that it did not finish when it was measured first, either. */
const PAGES_TIME_MAX_S = 30;

if (process.argv[2] === "serve") {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  new Repo({ network: [new WebSocketServerAdapter(server)], peerId: "server", sharePolicy: async () => false });
  server.on("listening", () => process.send(server.address().port));
} else {
  const { port, stop } = await serve(import.meta.url);
  const repo = () => new Repo({ network: [new WebSocketClientAdapter(`ws://127.0.0.1:${port}`)] });
  const client = (handle) => ({
    press: () => handle.change((page) => splice(page, ["body"], page.body.length, 0, "e")),
    letters: () => handle.doc().body.length,
    onLetters: (then) => handle.on("change", then),
  });
  const keys = await keystrokes(async () => {
    const [one, other] = [repo(), repo()];
    const written = one.create({ body: "" });
    return [client(written), client(await other.find(written.url))];
  });

  const writing = repo();
  const urls = [];
  const prepared = await seconds(PAGES_TIME_MAX_S, async () => {
    for (let number = 0; number < PAGES; number += 1) {
      urls.push(writing.create({ body: PAGE_TEXT }).url);
      if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const pages =
    prepared === null
      ? null
      : await seconds(PAGES_TIME_MAX_S, async () => {
          const reading = repo();
          const found = await Promise.all(urls.map((url) => reading.find(url)));
          const short = found.filter((handle) => handle.doc().body !== PAGE_TEXT);
          if (short.length > 0) throw new Error(`${short.length} pages are not whole`);
        });
  tell({ version: version("@automerge/automerge-repo"), ...keys, pages });
  stop();
  process.exit(0);
}
