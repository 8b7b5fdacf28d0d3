/** A channel, both ways, and what is unread. */
import { check, must } from "../report.mjs";
import { until } from "../wait.mjs";

const title = "Réunions de chantier";
const question = "Qui ouvre le portail mardi ?";
const answer = "Le gardien, à 6 h 30.";

export async function messages(world) {
  const { windows, people, space } = world;
  const channel = await people.claire.item(space, "channel", title);
  world.channel = channel.id;
  const [claire, karim, marie] = ["claire", "karim", "marie"].map((who) => windows[who].page);
  const unreadOfMarie = async () => {
    const { rows } = await people.marie.get("/channels");
    return rows.find((row) => row.channel.id === channel.id)?.unread ?? 0;
  };
  const before = await unreadOfMarie();
  await must("the channel opens at two sites", async () => {
    for (const page of [claire, karim]) {
      await page.goto(`/messages/${channel.id}`);
      await page.getByLabel(`Écrire dans « ${title} »`, { exact: false }).waitFor();
    }
    await marie.goto("/messages");
    await marie.getByRole("link", { name: title }).waitFor();
  });
  await check("a message written at Nantes shows at Châteaubriant", async () => {
    await send(karim, question);
    await claire.getByText(question, { exact: true }).waitFor();
  });
  await check("the answer shows at Nantes", async () => {
    await send(claire, answer);
    await karim.getByText(answer, { exact: true }).waitFor();
  });
  await check("one's own message says where it is kept, up to «partout»", async () => {
    await until("«partout» under Claire's message", async () =>
      (await claire.locator("li", { hasText: answer }).last().innerText()).includes("partout"),
    );
  });
  await check("at Ancenis both count as unread, in number and word, without a reload", async () => {
    await until(`${before + 2} unread`, async () => (await unreadOfMarie()) === before + 2);
    const row = marie.locator("li", { hasText: title }).first();
    await until(`«${before + 2} non lus» on the screen`, async () => {
      const text = await row.innerText();
      const shown = /(\d+)\snons?\slus?/.exec(text)?.[1];
      if (Number(shown) !== before + 2) throw new Error(text);
      return true;
    });
  });
  await check("reading them makes them read", async () => {
    await marie.getByRole("link", { name: title }).click();
    await marie.getByText(answer, { exact: true }).waitFor();
    await until("nothing unread", async () => (await unreadOfMarie()) === 0);
  });
}
messages.title = "messages both ways";

async function send(page, text) {
  await page.getByLabel(`Écrire dans « ${title} »`, { exact: false }).fill(text);
  await page.getByRole("button", { name: "Envoyer", exact: true }).click();
}
