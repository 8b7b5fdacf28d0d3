/**
 * The end-to-end run: three real sites, real Chromium, the demo's contents.
 *
 * BOCAGE_BIN: the program. CHROMIUM: the browser. BOCAGE_TARGET: where logs and pictures go.
 * `cargo xtask test --only e2e` sets all three. Steps are told in order and share one world.
 */
import { openBrowser } from "./browser.mjs";
import { check, fail, finish, must, Stop, say } from "./report.mjs";
import { Sites } from "./sites.mjs";
import { again } from "./steps/again.mjs";
import { cut } from "./steps/cut.mjs";
import { managing } from "./steps/managing.mjs";
import { messages } from "./steps/messages.mjs";
import { reunion } from "./steps/reunion.mjs";
import { screens } from "./steps/screens.mjs";
import { signingIn } from "./steps/signing-in.mjs";
import { writing } from "./steps/writing.mjs";

/** Three minutes on two quiet cores; what takes this long hangs. */
const runWithinMs = 600_000;

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run \`cargo xtask test --only e2e\``);
  return value;
}

async function story(world) {
  const { sites } = world;
  say("seeding: three sites, their people and what they wrote");
  await must("`bocage demo --seed-only` founds, joins, fills and ends cleanly", () => sites.seed());
  await must("three sites start and answer", () => sites.startAll());
  world.browser = await openBrowser(setting("CHROMIUM"));
  for (const step of [signingIn, writing, messages, cut, reunion, managing, screens]) {
    say(step.title);
    await step(world);
  }
  await check("no window's console complained", () => {
    const all = Object.entries(world.windows).flatMap(([who, { complaints }]) =>
      complaints.map((text) => `${who}: ${text}`),
    );
    if (all.length > 0) throw new Error(all.join("\n"));
  });
  await world.browser.close();
  await check("all sites stop cleanly when asked", async () => {
    for (const key of ["nantes", "chateaubriant", "ancenis"]) {
      const code = await sites.stop(key);
      if (code !== 0) throw new Error(`${key} ended with ${code}:\n${sites.log(key)}`);
    }
  });
  say(again.title);
  await again(world);
}

const target = setting("BOCAGE_TARGET");
const sites = new Sites({ binary: setting("BOCAGE_BIN"), target });
const world = { sites, target, windows: {}, record: [], written: [] };
const late = new Promise((_, reject) => {
  const tooLong = new Stop(`the run takes longer than ${runWithinMs / 1000} s`);
  setTimeout(() => reject(tooLong), runWithinMs).unref();
});
try {
  await Promise.race([story(world), late]);
} catch (error) {
  fail("the run reached its end", error);
} finally {
  await world.browser?.close().catch(() => undefined);
  await sites.clear();
}
process.exit(finish());
