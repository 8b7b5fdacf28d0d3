/** Every screen, three widths, light and dark: a picture of each, and axe on it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axeFindings, openWindow, settled, signIn, waitToday } from "../browser.mjs";
import { check } from "../report.mjs";
import { until } from "../wait.mjs";

const widths = { 320: 640, 768: 1024, 1280: 900 };
const themes = ["light", "dark"];
/** Of the height of a small phone, between the head of a thread and the field to write in. */
const messagesShareMin = 0.6;

/** `open` brings the window to the screen from its address. */
function list({ space, page, channel, managed }) {
  const inSpace = (tab) => `/espaces/${space}/${tab}`;
  return [
    { name: "aujourdhui", path: "/aujourdhui" },
    { name: "espaces", path: "/espaces" },
    { name: "ouvrir-espace", path: "/espaces/ouvrir" },
    { name: "espace-mur", path: inSpace("mur") },
    { name: "espace-pages", path: inSpace("pages") },
    { name: "espace-messages", path: inSpace("messages") },
    { name: "espace-membres", path: inSpace("membres") },
    { name: "espace-reglages", path: inSpace("reglages") },
    { name: "espace-a-verifier", path: `/espaces/${managed}/a-verifier` },
    { name: "espace-partenaires", path: `/espaces/${managed}/partenaires` },
    { name: "espace-effacements", path: `/espaces/${managed}/effacements` },
    {
      name: "espace-journal",
      path: `/espaces/${managed}/a-verifier`,
      open: (window) => window.getByRole("button", { name: "Journal", exact: true }).click(),
    },
    {
      name: "espace-fermer",
      path: `/espaces/${managed}/reglages`,
      open: (window) => window.getByRole("button", { name: "Fermer cet espace…" }).click(),
    },
    { name: "a-valider", path: "/a-valider" },
    { name: "page", path: inSpace(`pages/${page}`) },
    {
      name: "page-ecriture",
      path: inSpace(`pages/${page}`),
      open: async (window) => {
        await window.getByRole("button", { name: "Modifier", exact: true }).click();
        await window.locator('[role="textbox"][aria-multiline="true"]').waitFor();
      },
    },
    { name: "messages", path: "/messages" },
    { name: "salon", path: `/messages/${channel}` },
    {
      name: "chercher",
      path: "/chercher",
      open: (window) => window.getByRole("searchbox").first().fill("phasage"),
    },
    { name: "profil", path: "/profil" },
    { name: "introuvable", path: "/rien-ici" },
  ];
}

export async function screens(world) {
  const folder = join(world.target, "screens");
  mkdirSync(folder, { recursive: true });
  const { base } = world.sites.site("chateaubriant");
  // axe is injected, which the site's content policy forbids to everybody else.
  const open = () => openWindow(world.browser, base, { bypassCSP: true, reducedMotion: "reduce" });

  const door = await open();
  await pictures(folder, door, { name: "entree", path: "/" });
  await signIn(door, "claire");
  await waitToday(door, "Claire");
  for (const screen of list(world)) await pictures(folder, door, screen);
  await onSmallPhone(door.page, world);
  await door.context.close();

  const technician = await open();
  await signIn(technician, "eric");
  await waitToday(technician, "Éric");
  await pictures(folder, technician, { name: "site", path: "/site" });
  await technician.context.close();
}
screens.title = "every screen: pictures and axe";

/** What must be in view on the smallest screen that is supported, besides everything fitting it. */
async function onSmallPhone(page, { space, page: item, channel }) {
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 320, height: widths[320] });
  await check("a thread leaves most of a small phone to its messages", async () => {
    await page.goto(`/messages/${channel}`);
    await page.locator("main form textarea").waitFor();
    await settled(page);
    const share = await page.evaluate(() => {
      const head = document.querySelector("main header").getBoundingClientRect();
      const form = document.querySelector("main form").getBoundingClientRect();
      return (form.top - head.bottom) / innerHeight;
    });
    if (share < messagesShareMin) throw new Error(`${Math.round(share * 100)} % only`);
  });
  await check("where a page is kept stays in view while it is written on a phone", async () => {
    await page.goto(`/espaces/${space}/pages/${item}`);
    await page.getByRole("button", { name: "Modifier", exact: true }).click();
    await page.locator('[role="textbox"][aria-multiline="true"]').waitFor();
    await settled(page);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await until("«Enregistré» above the text", () =>
      page.evaluate(() => {
        const word = [...document.querySelectorAll("main span")].find(
          (each) => each.textContent === "Enregistré",
        );
        const { top, bottom } = word?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
        return scrollY > 0 && top >= 0 && bottom > top && bottom < innerHeight;
      }),
    );
  });
}

async function pictures(folder, { page }, { name, path, open }) {
  await check(`axe finds nothing on «${name}», and nothing is wider than the screen`, async () => {
    const findings = new Set();
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(path);
    await settled(page);
    if (open) await open(page);
    await settled(page);
    for (const [width, height] of Object.entries(widths)) {
      await page.setViewportSize({ width: Number(width), height });
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme });
        await settled(page);
        await page.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`) });
        // What 768 shows is one of the other two layouts.
        if (width === "768") continue;
        for (const finding of await axeFindings(page)) findings.add(`${width} ${theme} ${finding}`);
      }
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) findings.add(`at ${width} px the page scrolls sideways by ${over} px`);
    }
    if (findings.size > 0) throw new Error([...findings].join("\n"));
  });
}
