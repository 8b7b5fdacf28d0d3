/** Rendering for tests: the whole app on a mock site, or one part with its texts. */
import { act, render, screen } from "@testing-library/react";
import axe from "axe-core";
import type { ReactNode } from "react";
import { vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import { MockSite } from "../gallery/mock-site.ts";
import type { Language } from "../src/api/types.ts";
import { App } from "../src/app/App.tsx";
import { makeQueryClient } from "../src/app/queries.ts";
import { ToastProvider } from "../src/parts/Toast.tsx";
import { memoryHistory } from "../src/shell/history.ts";
import { forgetShownPath } from "../src/shell/Screen.tsx";
import { completeTexts, loadBundle } from "../src/text/bundles.ts";
import { TextProvider } from "../src/text/context.tsx";

export async function openApp(path: string, language: Language = "fr", site = new MockSite()) {
  vi.useFakeTimers({ now: data.now, toFake: ["Date"] });
  vi.stubGlobal("fetch", site.fetch);
  vi.stubGlobal(
    "WebSocket",
    class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: the double stands in for the class
        return site.openSocket();
      }
    },
  );
  forgetShownPath();
  if (site.me) site.me = { ...site.me, language };
  await loadBundle(language);
  await completeTexts();
  const history = memoryHistory(path);
  const view = render(<App cache={makeQueryClient()} language={language} history={history} />);
  await screen.findByRole("heading", { level: 1 });
  return { site, history, ...view };
}

export async function renderPart(part: ReactNode, language: Language = "fr") {
  await loadBundle(language);
  await completeTexts();
  return render(
    <TextProvider initial={language}>
      <ToastProvider>
        <main>{part}</main>
      </ToastProvider>
    </TextProvider>,
  );
}

/** All that axe finds, in lines that say where. Colours are checked on the tokens instead. */
export async function axeFindings(element: Element = document.body): Promise<string[]> {
  const result = await act(() =>
    axe.run(element, { rules: { "color-contrast": { enabled: false } } }),
  );
  return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
