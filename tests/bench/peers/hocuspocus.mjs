/** 50 keys a second from one client of Hocuspocus to another; the last line printed is the result. */
import { readFileSync } from "node:fs";
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import WebSocket from "ws";
import * as Y from "yjs";

const keys = 400;
const before = 25;
const server = new Server({ port: 0, address: "127.0.0.1", quiet: true });
await server.listen();
const { port } = server.address;

const open = () =>
  new Promise((resolve) => {
    const document = new Y.Doc();
    const websocketProvider = new HocuspocusProviderWebsocket({
      url: `ws://127.0.0.1:${port}`,
      WebSocketPolyfill: WebSocket,
    });
    const provider = new HocuspocusProvider({
      websocketProvider,
      name: "page",
      document,
      onSynced: () => resolve(document),
    });
    provider.attach();
  });
const [writer, reader] = [await open(), await open()];
const pressed = [];
const times = [];
const text = reader.getText("body");
const done = new Promise((resolve) => {
  text.observe(() => {
    while (times.length < text.length) times.push(performance.now() - pressed[times.length]);
    if (times.length >= keys) resolve();
  });
});
const body = writer.getText("body");
const beat = setInterval(() => {
  pressed.push(performance.now());
  body.insert(body.length, "e");
  if (pressed.length >= keys) clearInterval(beat);
}, 20);
await done;
const sorted = times.slice(before).sort((one, other) => one - other);
const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
const { version } = JSON.parse(
  readFileSync(new URL("node_modules/@hocuspocus/server/package.json", import.meta.url), "utf8"),
);
process.stdout.write(`${JSON.stringify({ version, p50: at(0.5), p99: at(0.99) })}\n`);
process.exit(0);
