/**
 * The gallery: the whole interface on a site made of fixtures, to look at screens. Address:
 * /gallery.html?path=/espaces&language=fr&theme=dark&out=1&cut=1. Development only.
 */
import { createRoot } from "react-dom/client";
import type { Language } from "../src/api/types.ts";
import { App } from "../src/app/App.tsx";
import { applyTheme } from "../src/app/preferences.ts";
import { makeQueryClient } from "../src/app/queries.ts";
import { memoryHistory } from "../src/shell/history.ts";
import { loadBundle } from "../src/text/bundles.ts";
import * as data from "./fixtures.ts";
import { answerFrame } from "./mock-page.ts";
import { MockSite } from "./mock-site.ts";
import "../src/style/tokens.css";
import "../src/style/base.css";

const asked = new URLSearchParams(location.search);
const site = new MockSite();
site.onFrame = answerFrame;
const language = (asked.get("language") ?? "fr") as Language;
const theme = asked.get("theme") === "dark" ? "dark" : "light";
site.me = asked.has("out") ? null : { ...data.me, language, theme };

// The fixtures' day stands still.
const RealDate = Date;
window.Date = class extends RealDate {
  constructor(...values: []) {
    super(...(values.length ? values : ([data.now] as unknown as [])));
  }
  static override now = () => data.now;
} as DateConstructor;

const realFetch = window.fetch.bind(window);
window.fetch = (input, init) =>
  String(input).startsWith("/api/") ? site.fetch(input, init) : realFetch(input, init);
window.WebSocket = new Proxy(WebSocket, { construct: () => site.openSocket() });

await loadBundle(language);
applyTheme(theme);
const root = document.getElementById("root");
if (!root) throw new Error("gallery.html has no #root");
const history = memoryHistory(asked.get("path") ?? "/aujourdhui");
createRoot(root).render(<App cache={makeQueryClient()} language={language} history={history} />);
if (asked.has("cut")) {
  setTimeout(() => {
    site.cut = true;
    for (const socket of [...site.sockets]) socket.onclose?.();
  }, 600);
}
