/** Starts the interface: first data into the cache, texts of the person's language, then the app. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { firstData } from "./api/client.ts";
import type { Language, Me, Welcome } from "./api/types.ts";
import { App } from "./app/App.tsx";
import { applyTheme, rememberedLanguage } from "./app/preferences.ts";
import { makeQueryClient } from "./app/queries.ts";
import { registerWorker } from "./app/worker.ts";
import { loadBundle } from "./text/bundles.ts";
import "./style/tokens.css";
import "./style/base.css";

const cache = makeQueryClient();
const first = firstData();
for (const [path, view] of Object.entries(first)) cache.setQueryData([path], view);

const me = first["/me"] as Me | undefined;
const welcome = first["/welcome"] as Welcome | undefined;
// The site has just said that nobody is signed in: asking who it is would only be refused.
if (welcome && !welcome.signedIn) cache.setQueryData(["/me"], null);
const language: Language = me?.language ?? rememberedLanguage() ?? welcome?.language ?? "fr";
applyTheme(me?.theme);

// French is there already; English is one more file, and French stands in if it does not come.
await loadBundle(language).catch(() => undefined);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App cache={cache} language={language} />
  </StrictMode>,
);
registerWorker();
