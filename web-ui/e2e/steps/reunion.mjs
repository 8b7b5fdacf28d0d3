/** Headquarters returns: everything meets again, and nothing acknowledged is missing. */
import { Person } from "../api.mjs";
import { check, must, say, truthy } from "../report.mjs";
import { until } from "../wait.mjs";
import { letters, readText } from "./writing.mjs";

const siteKeys = ["nantes", "chateaubriant", "ancenis"];
/** Six of the demo's seven spaces have people at all three sites; and the realm itself. */
const sharedSpaces = 7;

export async function reunion(world) {
  const { sites, space, channel, record, windows } = world;
  await must("headquarters starts again on what it had written", () => sites.start("nantes"));
  // Its sessions are durable: Karim's cookie still opens the door.
  const people = { ...world.people };
  await check("sessions outlive the kill", () => people.karim.get("/me"));
  people.karim = await Person.signIn(sites.site("nantes").base, "karim");

  say(`comparing ${record.length} acknowledged messages with all three sites`);
  for (const login of ["karim", "claire", "marie"]) {
    await check(`nothing acknowledged is missing at ${people[login].me.site.name}`, async () => {
      await until(
        "every acknowledged message",
        async () => {
          const rows = await people[login].messages(space, channel);
          const texts = new Map(rows.map((row) => [row.id, row.fields.text]));
          const missing = record.filter(({ item, text }) => texts.get(item) !== text);
          if (missing.length > 0) {
            throw new Error(`${missing.length} missing, for example ${JSON.stringify(missing[0])}`);
          }
          return true;
        },
        30_000,
      );
    });
    await check(`what was typed in the page is read at ${people[login].me.site.name}`, async () => {
      await until("the words", async () => {
        const text = letters(await readText(people[login], space, world.page));
        return world.written.every((words) => text.includes(letters(words)));
      });
    });
  }
  await check("no message stands twice", async () => {
    const texts = (await people.karim.messages(space, channel)).map((row) => row.fields.text);
    truthy(new Set(texts).size === texts.length, "the same text twice");
  });
  await check("all three sites give equal canonical rows", () =>
    until(
      "equal fingerprints",
      async () => {
        const prints = await Promise.all(siteKeys.map((key) => sites.fingerprints(key)));
        const ids = [...new Set(prints.flatMap(Object.keys))];
        const everywhere = ids.filter((id) => prints.every((each) => id in each));
        // Also what only two sites carry; one person's own space is at one.
        const hashes = (id) => prints.flatMap((each) => (id in each ? [each[id]] : []));
        const differ = ids.filter((id) => new Set(hashes(id)).size > 1);
        if (differ.length > 0) throw new Error(`${differ.length} spaces differ: ${differ}`);
        if (everywhere.length < sharedSpaces) {
          throw new Error(`only ${everywhere.length} spaces are at all three sites`);
        }
        world.everywhere = everywhere;
        return true;
      },
      30_000,
    ),
  );
  await check("the screens say that Nantes is back", async () => {
    await until("«À jour»", async () => {
      const text = await windows.claire.page.locator("main").innerText();
      return /À\sjour/.test(text) && !/Nantes\s*:\s*dernières/.test(text);
    });
  });
}
reunion.title = "headquarters returns";
