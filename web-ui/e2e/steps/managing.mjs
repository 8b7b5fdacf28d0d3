/** A manager's work: a message put aside and taken up, the trail, a space closed and opened again, and somebody who asks to be let in. */
import { join } from "node:path";
import { Person } from "../api.mjs";
import { openWindow, settled, signIn, waitToday } from "../browser.mjs";
import { check } from "../report.mjs";
import { until } from "../wait.mjs";

const named = "Fin de chantier";

export async function managing(world) {
  const { base } = world.sites.site("chateaubriant");
  const claire = await Person.signIn(base, "claire");
  const eric = await Person.signIn(base, "eric");
  const look = { kind: "project", template: "project", colour: "loire", symbol: "sign" };
  const { space } = await claire.command({
    ...{ feature: "space", do: "open", name: named, visibility: "request", description: "" },
    ...look,
  });
  const window = await openWindow(world.browser, base, { acceptDownloads: true });
  const { page } = window;
  world.windows.manager = window;
  await signIn(window, "claire");
  await waitToday(window, "Claire");

  await check("somebody asks to enter, and a manager lets her in", async () => {
    const other = await openWindow(world.browser, base);
    await signIn(other, "eric");
    await waitToday(other, "Éric");
    await other.page.goto(`/espaces/${space}`);
    await other.page.getByLabel("Pourquoi souhaitez-vous entrer").fill("Je suis le chantier");
    await other.page.getByRole("button", { name: "Demander à entrer" }).click();
    await other.page.getByText("Votre demande est partie").waitFor();
    await other.context.close();
    await page.goto(`/espaces/${space}/a-verifier`);
    await page.getByText("Je suis le chantier").waitFor();
    await page.getByRole("button", { name: /^Laisser entrer/ }).click();
    await until("the new member", async () => {
      const { rows } = await claire.get(`/spaces/${space}/members`);
      return rows.some((row) => row.person.id === eric.me.person.id);
    });
  });

  await check("a message is put aside with a reason, and taken up again", async () => {
    const { item: channel } = await claire.command({
      ...{ feature: "channel", do: "create", space, name: "Suivi" },
    });
    const text = "À mettre de côté";
    await eric.command({ feature: "message", do: "send", space, channel, text });
    await page.goto(`/messages/${channel}`);
    await page.getByText(text).first().waitFor();
    await page.getByRole("button", { name: /^Actions sur le texte/ }).click();
    await page.getByRole("menuitem", { name: "Mettre de côté" }).click();
    await page.getByLabel("Raison").fill("Nomme un voisin");
    await page.getByRole("dialog").getByRole("button", { name: "Mettre de côté" }).click();
    await until("nothing in the channel", async () => {
      return (await claire.messages(space, channel)).length === 0;
    });
    await page.goto(`/espaces/${space}/a-verifier`);
    await page.getByRole("button", { name: "Laissé de côté", exact: true }).click();
    await page.getByText("Nomme un voisin").waitFor();
    await page.getByRole("button", { name: /^Reprendre/ }).click();
    await until("the message again", async () => {
      return (await claire.messages(space, channel))[0]?.fields.text === text;
    });
  });

  await check("the trail says who was let in, and the archive is downloaded", async () => {
    await page.goto(`/espaces/${space}/a-verifier`);
    await page.getByRole("button", { name: "Journal", exact: true }).click();
    await page
      .getByText(/reçoit le rôle/)
      .first()
      .waitFor();
    await page.goto(`/espaces/${space}/reglages`);
    const begun = page.waitForEvent("download");
    await page.getByRole("link", { name: "Télécharger l’archive" }).click();
    const path = join(world.target, "e2e", "archive.zip");
    await (await begun).saveAs(path);
  });

  await check("a space is closed, says so, and is opened again", async () => {
    await page.goto(`/espaces/${space}/reglages`);
    await page.getByRole("button", { name: "Fermer cet espace…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Fermer l’espace" }).click();
    await page.getByText("Espace fermé par").waitFor();
    await page.goto(`/espaces/${space}/pages`);
    await settled(page);
    if ((await page.getByRole("button", { name: "Nouvelle page" }).count()) > 0)
      throw new Error("a closed space offers a new page");
    await page.goto(`/espaces/${space}/reglages`);
    await page.getByRole("button", { name: "Rouvrir cet espace" }).click();
    await page.getByText("Espace fermé par").waitFor({ state: "detached" });
  });
  world.managed = space;
  await toLookAt(space, claire, base);
}

/** Work that waits, somebody who asks, a partner and an erasure: the pictures show them. */
async function toLookAt(space, claire, base) {
  const item = async (text) => {
    const channel = (await claire.item(space, "channel", "Suivi")).id;
    return (await claire.command({ feature: "message", do: "send", space, channel, text })).item;
  };
  await check("a manager finds work that waits, who asks, a partner and an erasure", async () => {
    const said = await item("Le conducteur a encore oublié ses bottes");
    const why = { reason: "Nomme une personne" };
    await claire.command({ feature: "space", do: "quarantine", space, item: said, ...why });
    const aside = await claire.get(`/spaces/${space}/held?aside=yes`);
    const entries = aside.rows.flatMap((row) => row.entries);
    await claire.command({ feature: "space", do: "setAside", space, entries, aside: false });
    const solene = await Person.signIn(base, "solene");
    const reason = "Nous livrons les repas du chantier";
    await solene.command({ feature: "space", do: "askToEnter", space, reason });
    const end = Date.now() + 90 * 24 * 3_600_000;
    await claire.post(`/spaces/${space}/guest-people`, {
      ...{ login: "paul.architecte", name: "Paul Guérin", organisation: "Atelier du Pont" },
      ...{ role: "contributor", endMs: end },
    });
    const wrong = await item("Numéro de téléphone du voisin : 02 40 00 00 00");
    const erased = { items: [wrong], reason: "Donnée personnelle" };
    await claire.command({ feature: "erasure", do: "erase", space, ...erased });
    const { rows, requests } = await claire.get(`/spaces/${space}/held?aside=no`);
    if (rows.length !== 1 || requests.length !== 1) throw new Error(JSON.stringify(rows));
  });
}
managing.title = "a manager's work: requests, held messages, the trail, closing";
