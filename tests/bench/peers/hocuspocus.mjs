/** Hocuspocus: one socket per client, all its documents over it. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import WebSocket from "ws";
import * as Y from "yjs";
import { keystrokes, PAGE_TEXT, PAGES, seconds, serve, tell, version } from "./common.mjs";

if (process.argv[2] === "serve") {
  const server = new Server({ port: 0, address: "127.0.0.1", quiet: true, stopOnSignals: false });
  await server.listen();
  process.send(server.address.port);
} else {
  const { port, stop } = await serve(import.meta.url);
  const socket = () =>
    new HocuspocusProviderWebsocket({ url: `ws://127.0.0.1:${port}`, WebSocketPolyfill: WebSocket });
  const open = (websocketProvider, name) =>
    new Promise((resolve) => {
      const document = new Y.Doc();
      const provider = new HocuspocusProvider({
        websocketProvider,
        name,
        document,
        onSynced: () => resolve({ document, provider }),
      });
      provider.attach();
    });
  const client = async (name) => {
    const { document } = await open(socket(), name);
    const body = document.getText("body");
    return {
      press: () => body.insert(body.length, "e"),
      letters: () => body.length,
      onLetters: (then) => body.observe(then),
    };
  };
  const keys = await keystrokes(async (name) => [await client(name), await client(name)]);

  const writing = socket();
  const names = Array.from({ length: PAGES }, (_, number) => `page-${number}`);
  const kept = [];
  for (let from = 0; from < PAGES; from += 500) {
    // The server forgets a document nobody has open: its writer stays.
    kept.push(...(await Promise.all(names.slice(from, from + 500).map((name) => open(writing, name)))));
  }
  for (const { document } of kept) document.getText("body").insert(0, PAGE_TEXT);
  await Promise.all(
    kept.map(({ provider }) => {
      if (!provider.hasUnsyncedChanges) return undefined;
      return new Promise((resolve) => {
        provider.on("unsyncedChanges", ({ number }) => number === 0 && resolve());
      });
    }),
  );
  const pages = await seconds(60, async () => {
    const reading = socket();
    const found = await Promise.all(names.map((name) => open(reading, name)));
    const short = found.filter(({ document }) => document.getText("body").length !== PAGE_TEXT.length);
    if (short.length > 0) throw new Error(`${short.length} pages are not whole`);
  });
  tell({ version: version("@hocuspocus/server"), ...keys, pages });
  stop();
  process.exit(0);
}
