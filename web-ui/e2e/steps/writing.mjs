/** Two people write in one page at two sites; the third reads. */
import { caretAt, editorText, newBlockAtEnd, openEditor } from "../browser.mjs";
import { check, must, truthy } from "../report.mjs";
import { until } from "../wait.mjs";

const byClaire = "Claire : la benne arrive à 6 h 50 🇫🇷.";
const byKarim = "Karim : le gaz passera par la cour, é compris.";

/** A block in which both stand, and what each writes there; 🇫🇷 and é are several code points. */
const shared = "Ici, ensemble.";
const atOnce = { claire: " Claire écrit sa phrase 🇫🇷", karim: "Karim écrit la sienne, é compris" };

/** Both at once, letter by letter, Karim after what he does first. */
async function bothType(claire, karim, first = () => undefined) {
  await Promise.all([
    claire.keyboard.type(atOnce.claire, { delay: 15 }),
    (async () => {
      await first();
      await karim.keyboard.type(atOnce.karim, { delay: 15 });
    })(),
  ]);
}

/** What the reading page of a site says, without its marks. */
export async function readText(person, space, item) {
  const { html } = await person.get(`/spaces/${space}/items/${item}`);
  const plain = html.replace(/<[^>]+>/g, "\n");
  return plain.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => entities[name]);
}
const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

export const normal = (text) => text.replace(/[\u00a0\u202f]/g, " ").normalize("NFC");

export async function writing(world) {
  const { windows, people, space } = world;
  const page = await people.claire.item(space, "page", "Phasage");
  world.page = page.id;
  await must("both open the same page for writing, at two sites", async () => {
    await openEditor(windows.claire, space, page.id);
    await openEditor(windows.karim, space, page.id);
  });
  const [claire, karim] = [windows.claire.page, windows.karim.page];
  await check("both begin with the same text", () => bothEqual(claire, karim));
  await check("two people type at once, letter by letter, and both texts are equal", async () => {
    await caretAt(claire, "start");
    await newBlockAtEnd(karim);
    await Promise.all([
      claire.keyboard.type(byClaire, { delay: 15 }),
      karim.keyboard.type(byKarim, { delay: 15 }),
    ]);
    await until("both editors to hold both sentences", async () => {
      const texts = await Promise.all([editorText(claire), editorText(karim)]);
      return texts.every(
        (text) =>
          letters(text).includes(letters(byClaire)) && letters(text).includes(letters(byKarim)),
      );
    });
    await bothEqual(claire, karim);
  });
  await check("each sees the other's name at the place where she writes", async () => {
    await until("«Karim, à Nantes» in Claire's text", async () =>
      (await labels(claire)).some((text) => normal(text).includes("à Nantes")),
    );
    await until("«Claire, à Châteaubriant» in Karim's text", async () =>
      (await labels(karim)).some((text) => normal(text).includes("à Châteaubriant")),
    );
    await claire.getByText("écrit aussi, à Nantes").waitFor();
  });
  await check("the page says that it is kept", async () => {
    await claire.getByText("Enregistré", { exact: true }).first().waitFor();
  });
  await check("the third site's reading page says the same, without an editor", async () => {
    await until("both sentences in the HTML at Ancenis", async () => {
      const text = letters(await readText(people.marie, space, page.id));
      return text.includes(letters(byClaire)) && text.includes(letters(byKarim));
    });
    const { page: marie } = windows.marie;
    await marie.goto(`/espaces/${space}/pages/${page.id}`);
    await until("the sentence on Marie's screen", async () =>
      letters(await marie.locator("article").innerText()).includes(letters(byKarim)),
    );
  });
  await check("undo takes back only one's own words", async () => {
    const extra = " Et une faute.";
    // A pause of typing separates undo steps; a click ends one at once.
    await karim.keyboard.press("End");
    await newBlockAtEnd(karim);
    await karim.keyboard.type(extra.trim());
    await until("the words at Claire's", async () =>
      letters(await editorText(claire)).includes(letters(extra)),
    );
    for (let press = 0; press < 4; press += 1) {
      if (!letters(await editorText(karim)).includes(letters(extra))) break;
      await karim.keyboard.press("Control+z");
    }
    await until("the words gone at both", async () => {
      const texts = await Promise.all([editorText(claire), editorText(karim)]);
      return texts.every((text) => !letters(text).includes(letters(extra)));
    });
    truthy(
      letters(await editorText(karim)).includes(letters(byClaire)),
      "Karim's undo took Claire's words",
    );
  });
  await check(
    "one presses Enter where the other stands: each goes on in her own block",
    async () => {
      await newBlockAtEnd(karim);
      await karim.keyboard.type(shared);
      await until("the block at Claire's", async () =>
        letters(await editorText(claire)).endsWith(letters(shared)),
      );
      await caretAt(claire, "end");
      await caretAt(karim, "end");
      await karim.keyboard.press("Enter");
      await until("the new block at Claire's", async () =>
        (await editorText(claire)).endsWith(`${shared}\n`),
      );
      await bothType(claire, karim);
      await until("both sentences, each whole and in its own block", async () => {
        const lines = (await editorText(claire)).split("\n").slice(-2).map(letters);
        const wanted = [shared + atOnce.claire, atOnce.karim].map(letters);
        if (`${lines}` !== `${wanted}`) throw new Error(lines.join(" | "));
        return true;
      });
      await bothEqual(claire, karim);
    },
  );
  await check("both write at the very same place: both sentences stay whole", async () => {
    await caretAt(claire, "end");
    await caretAt(karim, "end");
    await bothType(claire, karim, () => karim.keyboard.press("Enter"));
    await until("both sentences twice", async () => {
      const text = letters(await editorText(claire));
      return Object.values(atOnce).every((sentence) => text.split(letters(sentence)).length === 3);
    });
    await bothEqual(claire, karim);
  });
  world.written.push(byClaire, ...Object.values(atOnce));
}
writing.title = "two people write in one page at two sites";

/** French spacing is put by the screen: only what was typed is compared. */
export const letters = (text) => normal(text ?? "").replace(/\s+/g, "");

const labels = (page) => page.locator(".person-label").allTextContents();

async function bothEqual(one, other) {
  return until("both editors to show the same text", async () => {
    const [first, second] = await Promise.all([editorText(one), editorText(other)]);
    if (first !== second) throw new Error(`${tail(first)} | ${tail(second)}`);
    return true;
  });
}

const tail = (text) => text?.slice(-120);
