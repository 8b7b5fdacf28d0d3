/** y-websocket: one socket per client and document, so its pages are not asked for. */
import http from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { WebsocketProvider } from "y-websocket";
import { setupWSConnection } from "y-websocket/bin/utils";
import * as Y from "yjs";
import { keystrokes, serve, tell, version } from "./common.mjs";

if (process.argv[2] === "serve") {
  const server = http.createServer();
  new WebSocketServer({ server }).on("connection", setupWSConnection);
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
} else {
  const { port, stop } = await serve(import.meta.url);
  const client = (name) =>
    new Promise((resolve) => {
      const document = new Y.Doc();
      const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, name, document, {
        WebSocketPolyfill: WebSocket,
        // Both clients are in one process: they must not find each other past the server.
        disableBc: true,
      });
      const body = document.getText("body");
      provider.once("sync", () =>
        resolve({
          press: () => body.insert(body.length, "e"),
          letters: () => body.length,
          onLetters: (then) => body.observe(then),
        }),
      );
    });
  const keys = await keystrokes(async (name) => [await client(name), await client(name)]);
  tell({ version: version("y-websocket"), ...keys, pages: null });
  stop();
  process.exit(0);
}
