/**
 * Headquarters dies in the middle of writes. A record is kept of everything that any site has
 * acknowledged: it is compared with the final state in `reunion`.
 */
import { newBlockAtEnd, openEditor } from "../browser.mjs";
import { check, must, truthy } from "../report.mjs";
import { until } from "../wait.mjs";
import { letters, readText } from "./writing.mjs";

/** Writers in a loop per site: enough that some command is always under way. */
const writersPerSite = 3;
const beforeKill = 60;
const afterKill = 60;

export async function cut(world) {
  const { sites, windows, people, space, channel, record } = world;
  const [claire, marie] = [windows.claire.page, windows.marie.page];
  await openEditor(windows.claire, space, world.page);
  await marie.goto(`/messages/${channel}`);
  await marie.getByLabel("Écrire dans", { exact: false }).waitFor();
  const writing = new Writing(people, { space, channel }, record);
  const typed = "Pendant la coupure, la page reste ouverte.";
  let typing;
  const acknowledgedBy = (login) => record.filter((each) => each.by === login).length;

  await must("people of all three sites write without pause", async () => {
    writing.begin();
    await newBlockAtEnd(claire);
    typing = claire.keyboard.type(typed, { delay: 10 });
    await until(
      `${beforeKill} acknowledged commands`,
      () => record.length >= beforeKill && acknowledgedBy("karim") >= 10,
      60_000,
    );
  });
  await must("headquarters is killed in the middle of a write", async () => {
    truthy(writing.underWay("karim") > 0, "no write was under way at Nantes");
    await sites.kill("nantes");
  });
  const before = { claire: acknowledgedBy("claire"), marie: acknowledgedBy("marie") };
  await check("both territories go on acknowledging writes", async () => {
    await until(
      `${afterKill} more from each territory`,
      () =>
        acknowledgedBy("claire") >= before.claire + afterKill &&
        acknowledgedBy("marie") >= before.marie + afterKill,
      60_000,
    );
  });
  await writing.end();
  await check("no territory refused anything", () => {
    truthy(writing.refused.length === 0, writing.refused.join("\n"));
  });
  await check("the territories see each other's new messages", async () => {
    const last = { claire: writing.last("claire"), marie: writing.last("marie") };
    await until("each other's last message", async () => {
      const here = await people.claire.messages(space, channel);
      const there = await people.marie.messages(space, channel);
      return has(here, last.marie) && has(there, last.claire);
    });
  });
  await check("a screen that shows the channel kept up with all of it", async () => {
    const { text } = writing.last("claire");
    await marie.getByText(text, { exact: true }).waitFor();
  });
  await check("a page written at Châteaubriant is read at Ancenis meanwhile", async () => {
    const words = "Nantes ne répond pas, on continue.";
    await typing;
    await newBlockAtEnd(claire);
    await claire.keyboard.type(words);
    await until("the words at Ancenis", async () =>
      letters(await readText(people.marie, space, world.page)).includes(letters(words)),
    );
    world.written.push(words, typed);
  });
  await check("the screens say calmly since when Nantes has been silent", async () => {
    await claire.goto("/espaces");
    await marie.goto("/espaces");
    for (const page of [claire, marie]) {
      await until("«Nantes : dernières nouvelles …»", async () =>
        /Nantes\s*:\s*dernières\snouvelles/.test(await page.locator("main").innerText()),
      );
    }
  });
  await check("signing in needs no headquarters", async () => {
    const { Person } = await import("../api.mjs");
    const again = await Person.signIn(sites.site("ancenis").base, "gaelle");
    await again.get("/today");
  });
}
cut.title = "headquarters is killed in the middle of writes";

const has = (rows, { item, text }) =>
  rows.some((row) => row.id === item && row.fields.text === text);

/** Messages from every person, several at a time, until told to stop. */
class Writing {
  #loops = [];
  #stopped = false;
  #underWay = {};
  refused = [];

  constructor(people, place, record) {
    Object.assign(this, { people, place, record });
  }

  begin() {
    for (const login of Object.keys(this.people)) {
      for (let writer = 0; writer < writersPerSite; writer += 1) {
        this.#loops.push(this.#write(login, writer));
      }
    }
  }

  async #write(login, writer) {
    const { space, channel } = this.place;
    for (let number = 0; !this.#stopped; number += 1) {
      const text = `${login} ${writer}.${number} : bien reçu, é 🇫🇷`;
      this.#underWay[login] = (this.#underWay[login] ?? 0) + 1;
      try {
        const command = { feature: "message", do: "send", space, channel, text };
        const { item } = await this.people[login].command(command);
        this.record.push({ by: login, item, text });
      } catch (error) {
        // Headquarters is gone, so its people's writes fail: not acknowledged, nothing promised.
        if (login === "karim") return;
        this.refused.push(`${text}: ${error.message}`);
        return;
      } finally {
        this.#underWay[login] -= 1;
      }
    }
  }

  underWay(login) {
    return this.#underWay[login] ?? 0;
  }

  last(login) {
    return this.record.findLast((each) => each.by === login);
  }

  async end() {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}
