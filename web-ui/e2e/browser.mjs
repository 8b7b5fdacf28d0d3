/** Chromium: one window per person, and what every step does in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { password } from "./api.mjs";
import { until } from "./wait.mjs";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);
const actionWithinMs = 15_000;

export async function openBrowser(executablePath) {
  // Everything runs on this machine, and only as a test: the sandbox needs rights that containers
  // do not give.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** A window of its own, with its own cookies. What its console says against us is collected. */
export async function openWindow(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, locale: "fr-FR", ...options });
  context.setDefaultTimeout(actionWithinMs);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // A cut line is said by the browser itself, and the cut is wanted.
    const cut = /net::ERR_|WebSocket connection|Failed to load resource/.test(message.text());
    if (message.type() === "error" && !cut) complaints.push(message.text());
  });
  return { context, page, complaints };
}

/** Through the door, as people do. */
export async function signIn({ page }, login, secret = password) {
  await page.goto("/");
  await page.getByLabel("Votre nom").fill(login);
  await page.getByLabel("Votre mot de passe").fill(secret);
  await page.getByRole("button", { name: "Entrer", exact: true }).click();
}

export async function waitToday({ page }, firstName) {
  await page.getByText(`Bonjour ${firstName}.`, { exact: false }).first().waitFor();
}

/** The text being written, as it reads: carets and names of others are not part of it. */
export function editorText(page) {
  return page.evaluate(() => {
    const editor = document.querySelector('[role="textbox"][aria-multiline="true"]');
    if (!editor) return null;
    const copy = editor.cloneNode(true);
    for (const caret of copy.querySelectorAll(".person-caret")) caret.remove();
    return [...copy.children].map((block) => block.textContent.trim()).join("\n");
  });
}

/** Opens a page for writing and waits for its text. */
export async function openEditor({ page }, space, item) {
  await page.goto(`/espaces/${space}/pages/${item}`);
  await page.getByRole("button", { name: "Modifier", exact: true }).click();
  await page.locator('[role="textbox"][aria-multiline="true"]').waitFor();
  await until("the text in the editor", () => editorText(page));
}

/** Puts the caret at the start or the end of the text: one key, also while others write. */
export async function caretAt(page, place) {
  const editor = page.locator('[role="textbox"][aria-multiline="true"]');
  await editor.click();
  await page.keyboard.press(place === "start" ? "Control+Home" : "Control+End");
  await until(`the caret at the ${place} of the text`, () =>
    editor.evaluate((text, which) => {
      const block = which === "start" ? text.firstElementChild : text.lastElementChild;
      return block?.contains(getSelection()?.anchorNode ?? null) ?? false;
    }, place),
  );
}

/** Begins a new block at the end of the text. */
export async function newBlockAtEnd(page) {
  await caretAt(page, "end");
  await page.keyboard.press("Enter");
}

/** Loaded, shown, in its own fonts, at rest. */
export async function settled(page) {
  // While a page is written its title is a field.
  await page.locator('h1, [role="textbox"][aria-multiline="true"]').first().waitFor();
  await until("the screen to be loaded", () =>
    page.evaluate(async () => {
      await document.fonts.ready;
      const moving = document.getAnimations().some((each) => each.playState === "running");
      return !moving && !document.body.innerText.includes("Un instant…");
    }),
  );
}

/** What axe finds, in a few lines; the window was opened with `bypassCSP`. */
export async function axeFindings(page) {
  if (!(await page.evaluate(() => "axe" in window)))
    await page.addScriptTag({ content: axeSource });
  const violations = await page.evaluate(async () => {
    const { violations } = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
    }));
  });
  return violations.map(({ id, help, where }) => `${id}: ${help}\n    ${where.join("\n    ")}`);
}
