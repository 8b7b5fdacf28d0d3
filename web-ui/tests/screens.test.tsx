/** Every screen on a mock site: it has a name, axe finds nothing, and its main work can be done. */
import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import { MockSite } from "../gallery/mock-site.ts";
import type { Command } from "../src/api/types.ts";
import { axeFindings, openApp } from "./support.tsx";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const don = data.spaceAt(0).id;
const page = data.pages[1]?.id ?? "";
const plain = (text: string | null | undefined) => (text ?? "").replaceAll("\u00a0", " ");
const title = () => plain(screen.getByRole("heading", { level: 1 }).textContent);
const commands = (site: MockSite) =>
  site.calls
    .filter(({ method, path }) => method === "POST" && path === "/commands")
    .map(({ body }) => body as Command & { id: string });

const screens: [path: string, heading: string, documentTitle: string][] = [
  ["/aujourdhui", "Mardi 24 novembre", "Mardi 24 novembre"],
  ["/espaces", "Mes espaces", "Mes espaces"],
  ["/espaces/ouvrir", "Ouvrir un espace", "Ouvrir un espace"],
  [`/espaces/${don}/mur`, "Rénovation du collège du Don", "Mur, Rénovation du collège du Don"],
  [`/espaces/${don}/pages`, "Rénovation du collège du Don", "Pages, Rénovation du collège du Don"],
  [
    `/espaces/${don}/messages`,
    "Rénovation du collège du Don",
    "Messages, Rénovation du collège du Don",
  ],
  [
    `/espaces/${don}/membres`,
    "Rénovation du collège du Don",
    "Membres, Rénovation du collège du Don",
  ],
  [
    `/espaces/${don}/partenaires`,
    "Rénovation du collège du Don",
    "Partenaires, Rénovation du collège du Don",
  ],
  [
    `/espaces/${don}/partenaires#inviter`,
    "Rénovation du collège du Don",
    "Partenaires, Rénovation du collège du Don",
  ],
  [
    `/espaces/${don}/reglages`,
    "Rénovation du collège du Don",
    "Réglages, Rénovation du collège du Don",
  ],
  [
    `/espaces/${don}/effacements`,
    "Rénovation du collège du Don",
    "Effacements, Rénovation du collège du Don",
  ],
  [`/espaces/${don}/pages/${page}`, "Plan de phasage des travaux", "Plan de phasage des travaux"],
  ["/messages", "Messages", "Messages"],
  [`/messages/${data.daily.id}`, "Chantiers du jour", "Chantiers du jour, Voirie Châteaubriant"],
  ["/chercher", "Chercher", "Chercher"],
  ["/profil", "Mon profil", "Mon profil"],
  ["/site", "Site de Châteaubriant", "Site de Châteaubriant"],
  ["/rien/du/tout", "Introuvable", "Introuvable"],
  [`/espaces/${"0".repeat(64)}`, "Introuvable", "Introuvable"],
];

describe("every screen", () => {
  test.each(screens)("%s", async (path, heading, documentTitle) => {
    await openApp(path);
    await vi.waitFor(() => expect(title()).toBe(heading));
    await vi.waitFor(() => expect(plain(document.title)).toBe(`${documentTitle} · Bocage`));
    // One main region, one h1, one way to skip to it.
    expect(screen.getAllByRole("main")).toHaveLength(1);
    expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
    expect(screen.getByRole("link", { name: "Aller au contenu" }).getAttribute("href")).toBe(
      "#main",
    );
    expect(await axeFindings()).toEqual([]);
  });

  test("a phone has a bottom bar instead of the rail", async () => {
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query.includes("max-width"),
      addEventListener() {},
      removeEventListener() {},
    }));
    await openApp(`/espaces/${don}/mur`);
    expect(screen.getAllByRole("navigation", { name: "Navigation principale" })).toHaveLength(1);
    expect(await screen.findByRole("button", { name: "Autres" })).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });

  test("in English, no text is left as its key", async () => {
    for (const path of [
      "/aujourdhui",
      `/espaces/${don}/membres`,
      `/espaces/${don}/partenaires`,
      "/site",
      "/profil",
    ]) {
      const { unmount } = await openApp(path, "en");
      await vi.waitFor(() => expect(screen.getAllByRole("heading").length).toBeGreaterThan(1));
      expect(document.body.textContent).not.toMatch(/\b[a-z]+-[a-z]+-[a-z]+\b(?<!up-to-date)/);
      unmount();
    }
  });
});

describe("signing in", () => {
  const signedOut = () => {
    const site = new MockSite();
    site.me = null;
    return openApp("/aujourdhui", "fr", site);
  };
  const enter = async (name: string, password: string) => {
    if (name) await userEvent.type(screen.getByLabelText("Votre nom"), name);
    if (password) await userEvent.type(screen.getByLabelText("Votre mot de passe"), password);
    await userEvent.click(screen.getByRole("button", { name: "Entrer" }));
  };

  test("the door says which site it is, and axe finds nothing", async () => {
    const { site } = await signedOut();
    expect(plain(screen.getByRole("main").textContent)).toContain(
      "Vous êtes au site de Châteaubriant.",
    );
    expect(await screen.findByText(/Support, poste 4455/)).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
    // Nothing that the site would refuse is asked before somebody has come in.
    expect(site.calls.map(({ path }) => path)).toEqual(["/welcome"]);
  });

  test("a wrong password is said at its field; the right one opens", async () => {
    const { site } = await signedOut();
    await enter("claire.legoff", "faux");
    const field = screen.getByLabelText("Votre mot de passe");
    await vi.waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
    await userEvent.clear(field);
    await enter("", "bocage");
    await vi.waitFor(() => expect(title()).toBe("Mardi 24 novembre"));
    expect(site.calls.some(({ path }) => path === "/today")).toBe(true);
  });

  test("nothing is asked of the site for an empty name", async () => {
    const { site } = await signedOut();
    await enter("", "");
    expect(await screen.findByText(/Écrivez votre nom/)).toBeTruthy();
    expect(site.calls.some(({ path }) => path === "/session")).toBe(false);
  });

  test("going out forgets what was read", async () => {
    await openApp("/profil");
    await userEvent.click(screen.getByRole("button", { name: "Sortir" }));
    await vi.waitFor(() => expect(title()).toBe("Bonjour"));
    expect(document.body.textContent).not.toContain("Claire");
  });
});

describe("reading a page", () => {
  test("who writes in it is said, and to-dos are check boxes with their text as name", async () => {
    const site = new MockSite();
    const path = `/spaces/${don}/items/${page}`;
    const todo = (text: string, checked: string) =>
      `<li><label data-done="${checked !== ""}"><input type="checkbox" disabled ${checked}> ${text}</label></li>`;
    const html = `<ul class="todo">${todo("Prévenir", "checked")}${todo("Baliser", "")}</ul>`;
    const [, row] = data.pages;
    if (!row) throw new Error("the fixtures have no such page");
    site.answers.set(path, { ...data.pageDetail(row), html });
    const intervals = vi.spyOn(globalThis, "setInterval");
    await openApp(`/espaces/${don}/pages/${page}`, "fr", site);
    await vi.waitFor(() => expect(title()).toBe("Plan de phasage des travaux"));
    expect(plain(document.body.textContent)).toContain("Karim Benali écrit en ce moment, à Nantes");
    const box = (name: string) => screen.getByRole("checkbox", { name }) as HTMLInputElement;
    expect([box("Prévenir").checked, box("Baliser").checked]).toEqual([true, false]);
    expect(await axeFindings()).toEqual([]);
    // Nobody tells a reader that Karim has left: the page asks by itself.
    site.answers.set(path, { ...data.pageDetail(row), html, editing: [] });
    const [askAgain] = intervals.mock.calls.find(([, everyMs]) => everyMs === 10_000) ?? [];
    act(() => askAgain?.());
    await vi.waitFor(() => expect(document.body.textContent).not.toContain("écrit en ce moment"));
    intervals.mockRestore();
  });
});

describe("going around", () => {
  test("a change of screen moves the focus to its title; the first does not", async () => {
    await openApp("/aujourdhui");
    expect(document.activeElement).toBe(document.body);
    const [link] = screen.getAllByRole("link", { name: "Espaces" });
    if (link) await userEvent.click(link);
    await vi.waitFor(() => expect(title()).toBe("Mes espaces"));
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("Mes espaces"));
    expect(screen.getAllByRole("link", { name: "Espaces" })[0]?.getAttribute("aria-current")).toBe(
      "page",
    );
  });

  test("spaces are found by name and filtered", async () => {
    const { site } = await openApp("/espaces");
    await screen.findByText("Voirie Châteaubriant");
    await userEvent.type(screen.getByRole("searchbox", { name: "Trouver un espace" }), "voirie");
    await vi.waitFor(() => expect(screen.queryByText("Allergies alimentaires")).toBeNull());
    await userEvent.click(screen.getByRole("button", { name: /Non lus/ }));
    await vi.waitFor(() =>
      expect(site.calls.map(({ path }) => path)).toContain("/spaces?filter=unread&q=voirie"),
    );
  });
});

describe("doing", () => {
  test("every change carries the session's token", async () => {
    const { site } = await openApp("/aujourdhui");
    const [read] = await screen.findAllByRole("button", { name: /J’ai lu/ });
    if (read) await userEvent.click(read);
    await vi.waitFor(() => expect(commands(site)).toHaveLength(1));
    const call = site.calls.find(({ path }) => path === "/commands");
    expect(call?.headers.get("x-bocage-csrf")).toBe("c5rf");
    expect(commands(site)[0]).toMatchObject({ feature: "readMark", do: "set" });
    expect(commands(site)[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });

  test("a message is seen at once, waits without the site, and is sent when it is back", async () => {
    const { site } = await openApp(`/messages/${data.daily.id}`);
    const field = await screen.findByRole("textbox", { name: /Écrire dans/ });
    await vi.waitFor(() => expect(site.sockets.size).toBe(1));
    site.cut = true;
    await userEvent.type(field, "Souche mesurée, 90 cm.{Enter}");
    expect(await screen.findByText("Souche mesurée, 90 cm.")).toBeTruthy();
    // jsdom has no IndexedDB: so the words must not claim that the device keeps it.
    expect(screen.getAllByText(/Envoi en cours/).length).toBeGreaterThan(0);
    site.cut = false;
    dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(commands(site)).toHaveLength(1));
    await vi.waitFor(() => expect(screen.queryByText(/Envoi en cours/)).toBeNull());
    expect(screen.getAllByText("Souche mesurée, 90 cm.")).toHaveLength(1);
  });

  test("what was shown stays when asking again fails", async () => {
    const { site } = await openApp("/aujourdhui");
    await screen.findByText("Voirie Châteaubriant");
    await vi.waitFor(() => expect(site.sockets.size).toBe(1));
    site.cut = true;
    site.say({ t: "changed", topics: ["today"] });
    // Two more tries, a second and two apart, and then the failure is known.
    await act(() => new Promise((resolve) => setTimeout(resolve, 4_000)));
    expect(screen.getByText("Voirie Châteaubriant")).toBeTruthy();
    expect(title()).toBe("Mardi 24 novembre");
  });

  test("a refused message keeps its words and says why", async () => {
    const site = new MockSite();
    site.refuse = ({ feature }) =>
      feature === "message"
        ? { code: "forbidden", message: "Vous ne pouvez plus écrire ici." }
        : undefined;
    await openApp(`/messages/${data.daily.id}`, "fr", site);
    await userEvent.type(
      await screen.findByRole("textbox", { name: /Écrire dans/ }),
      "Bonjour{Enter}",
    );
    expect((await screen.findAllByText(/Vous ne pouvez plus écrire ici/)).length).toBeGreaterThan(
      0,
    );
    expect(screen.getByText("Bonjour")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Abandonner" }));
    await vi.waitFor(() => expect(screen.queryByText("Bonjour")).toBeNull());
  });

  test("a message of somebody else comes by the live line", async () => {
    const { site } = await openApp(`/messages/${data.daily.id}`);
    await screen.findByText(/Arbre tombé/);
    await vi.waitFor(() => expect(site.sockets.size).toBe(1));
    const text = "La route est rouverte.";
    const put = [
      {
        ...(data.messages[0] as (typeof data.messages)[0]),
        id: "ff",
        order: "f",
        fields: { text },
      },
    ];
    site.say({ t: "rows", topic: `channel:${data.daily.space}/${data.daily.id}`, put, del: [] });
    expect(await screen.findByText(text)).toBeTruthy();
  });

  test("a storm of messages draws a bounded number of lines, and the others come back", async () => {
    const { site } = await openApp(`/messages/${data.daily.id}`);
    await screen.findByText(/Arbre tombé/);
    await vi.waitFor(() => expect(site.sockets.size).toBe(1));
    const [model] = data.messages as [(typeof data.messages)[0]];
    const topic = `channel:${data.daily.space}/${data.daily.id}` as const;
    for (let number = 1_000; number < 1_600; number += 1) {
      const put = [
        { ...model, id: `ff${number}`, order: `f${number}`, fields: { text: `Mot ${number}` } },
      ];
      site.say({ t: "rows", topic, put, del: [] });
    }
    expect(await screen.findByText("Mot 1599")).toBeTruthy();
    await vi.waitFor(() => expect(screen.getAllByText(/^Mot 1/).length).toBe(100));
    await userEvent.click(screen.getByRole("button", { name: /anciens/ }));
    await vi.waitFor(() => expect(screen.getAllByText(/^Mot 1/).length).toBe(150));
    expect(screen.getByText("Mot 1450")).toBeTruthy();
  });

  test("the line where new messages begin says how many", async () => {
    await openApp(`/messages/${data.daily.id}`);
    expect(await screen.findByText("3 nouveaux messages")).toBeTruthy();
  });

  test("a space is opened with all that was chosen", async () => {
    const { site } = await openApp("/espaces/ouvrir");
    await userEvent.click(await screen.findByRole("button", { name: "Ouvrir l’espace" }));
    expect(await screen.findByText("Donnez un nom à l’espace.")).toBeTruthy();
    await userEvent.type(screen.getByLabelText("Nom de l’espace"), "Pont du Gué");
    await userEvent.click(screen.getByRole("radio", { name: "Loire" }));
    await userEvent.click(screen.getByRole("radio", { name: "Camion" }));
    await userEvent.click(screen.getByRole("button", { name: "Ouvrir l’espace" }));
    await vi.waitFor(() => expect(commands(site)).toHaveLength(1));
    expect(commands(site)[0]).toMatchObject({
      feature: "space",
      do: "open",
      kind: "project",
      template: "chantier",
      name: "Pont du Gué",
      colour: "loire",
      symbol: "truck",
      visibility: "open",
    });
  });

  test("a manager changes a role and removes a person, and can undo", async () => {
    const { site } = await openApp(`/espaces/${don}/membres`);
    await userEvent.click(await screen.findByRole("button", { name: /Sylvie Hervé/ }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Rendre responsable" }));
    await vi.waitFor(() =>
      expect(commands(site).at(-1)).toMatchObject({ do: "setRole", role: "manager" }),
    );
    await userEvent.click(screen.getByRole("button", { name: /Marie Tessier/ }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Retirer de l’espace" }));
    await userEvent.click(await screen.findByRole("button", { name: "Annuler" }));
    await vi.waitFor(() =>
      expect(commands(site).at(-1)).toMatchObject({
        do: "addMember",
        role: "viewer",
        person: data.marie.id,
      }),
    );
  });

  test("a page is erased with what is ticked and nothing else", async () => {
    const { site } = await openApp(`/espaces/${don}/pages/${page}`);
    await userEvent.click(await screen.findByRole("button", { name: /^Effacer «/ }));
    const dialog = within(await screen.findByRole("dialog"));
    const ticks = await dialog.findAllByRole("checkbox");
    expect(ticks).toHaveLength(3);
    await userEvent.click(ticks[1] as HTMLElement);
    await userEvent.type(dialog.getByRole("textbox", { name: "Pourquoi" }), "Données de santé");
    expect(await axeFindings()).toEqual([]);
    await userEvent.click(dialog.getByRole("button", { name: /Effacer 2 contenus/ }));
    await vi.waitFor(() => {
      const command = commands(site).at(-1);
      if (command?.feature !== "erasure" || command.do !== "erase") throw new Error("not yet");
      expect(command.items).toHaveLength(2);
      expect(command.items[0]).toBe(page);
      expect(command.reason).toBe("Données de santé");
    });
  });

  test("another manager's erasure is confirmed or taken back; sites say how far they are", async () => {
    const { site } = await openApp(`/espaces/${don}/effacements`);
    await userEvent.click(await screen.findByRole("button", { name: "Confirmer l’effacement" }));
    await vi.waitFor(() =>
      expect(commands(site).at(-1)).toMatchObject({ feature: "erasure", do: "erase" }),
    );
    await userEvent.click(screen.getByRole("button", { name: "Annuler l’effacement" }));
    await vi.waitFor(() =>
      expect(commands(site).at(-1)).toMatchObject({ feature: "erasure", do: "undo" }),
    );
    expect(screen.getAllByText("pas encore").length).toBeGreaterThan(0);
  });

  test("what was erased says so, with the site's own sentence", async () => {
    const site = new MockSite();
    const at = `/spaces/${don}/items/${page}`;
    site.refusals.set(at, [410, "erased", "Ce contenu a été effacé."]);
    await openApp(`/espaces/${don}/pages/${page}`, "fr", site);
    expect(await screen.findByText("Ce contenu a été effacé.")).toBeTruthy();
    expect(title()).toBe("Contenu effacé");
  });

  test("a person is added by name", async () => {
    const { site } = await openApp(`/espaces/${don}/membres`);
    await userEvent.click(await screen.findByRole("button", { name: "Ajouter une personne" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.type(dialog.getByRole("searchbox", { name: "Son nom" }), "nadine");
    await userEvent.click(await dialog.findByRole("button", { name: "Ajouter Nadine Rousseau" }));
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({
        do: "addMember",
        person: data.nadine.id,
        role: "contributor",
      }),
    );
  });

  test("thanks are counted at once", async () => {
    const { site } = await openApp(`/espaces/${don}/mur`);
    const [, second] = await screen.findAllByRole("button", { name: /^Merci/ });
    if (second) await userEvent.click(second);
    expect(second?.textContent).toBe("Merci (1)");
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({ feature: "thanks", do: "give" }),
    );
  });

  test("a password is changed with the present one", async () => {
    const { site } = await openApp("/profil");
    await userEvent.click(screen.getByRole("button", { name: "Changer mon mot de passe" }));
    const fill = async (current: string, password: string) => {
      for (const [label, text] of [
        ["Mot de passe actuel", current],
        ["Nouveau mot de passe", password],
      ] as const) {
        const field = screen.getByLabelText(label);
        await userEvent.clear(field);
        await userEvent.type(field, text);
      }
      await userEvent.click(screen.getByRole("button", { name: "Enregistrer le mot de passe" }));
    };
    const sent = () => site.calls.filter(({ path }) => path === "/me/password");
    await fill("bocage", "court");
    expect(screen.getByText("Écrivez au moins 9 caractères.")).toBeTruthy();
    expect(sent()).toHaveLength(0);
    expect(await axeFindings()).toEqual([]);

    await fill("bocages", "le marais breton");
    const refused = await screen.findByText("Votre mot de passe actuel ne convient pas.");
    const field = screen.getByLabelText("Mot de passe actuel");
    expect(field.getAttribute("aria-describedby")).toBe(refused.id);

    await fill("bocage", "le marais breton");
    await screen.findByText(/^Votre mot de passe est changé/);
    expect(sent().at(-1)?.body).toEqual({ current: "bocage", password: "le marais breton" });
    expect(screen.queryByLabelText("Mot de passe actuel")).toBeNull();
  });

  test("what was written at the same time is shown beside what stands", async () => {
    const site = new MockSite();
    const [first, ...rest] = data.messagePage.rows;
    if (!first) throw new Error("the example has messages");
    const others = [{ text: "La route rouvre lundi", by: data.karim, atMs: data.at(8, 12) }];
    site.answers.set(`/spaces/${data.daily.space}/channels/${data.daily.id}/messages`, {
      ...data.messagePage,
      rows: [{ ...first, others }, ...rest],
    });
    await openApp(`/messages/${data.daily.id}`, "fr", site);
    const line = (await screen.findByText("La route rouvre lundi")).closest("div");
    expect(plain(line?.textContent)).toMatch(/^Écrit en même temps par Karim .*\d+ h 12 :/);
    expect(await axeFindings()).toEqual([]);
  });

  test("two histories of one site are an alarm for its technician", async () => {
    await openApp("/site");
    const alarms = await screen.findAllByRole("alert");
    const said = alarms.map((alarm) => plain(alarm.textContent));
    expect(said).toContainEqual(
      expect.stringMatching(/^Le site Pornic a écrit deux suites .*«Routes»/),
    );
    expect(screen.getByText(/Nantes avait écrit deux suites/)).toBeTruthy();
    expect(screen.getByText(/Support, poste 4455/)).toBeTruthy();
  });

  test("the language changes at once and is kept by the site", async () => {
    const { site } = await openApp("/profil");
    await userEvent.click(screen.getByRole("radio", { name: "English" }));
    await vi.waitFor(() => expect(title()).toBe("My profile"));
    expect(document.documentElement.lang).toBe("en");
    expect(site.calls).toContainEqual(
      expect.objectContaining({ method: "PUT", path: "/me/preferences", body: { language: "en" } }),
    );
  });
});

describe("a late site", () => {
  test("is said calmly, with the time of its last news", async () => {
    const { site } = await openApp("/aujourdhui");
    await vi.waitFor(() => expect(site.sockets.size).toBe(1));
    const sites = [
      { name: "Nantes", connected: true, lastNewsMs: data.at(8, 51) },
      { name: "Ancenis", connected: false, lastNewsMs: data.at(8, 42) },
    ];
    site.say({ t: "links", sites });
    const words = await screen.findByText(/^Ancenis/);
    // The zone is the device's, so only the shape of the time is known here.
    expect(plain(words.textContent)).toMatch(/^Ancenis : dernières nouvelles à \d+ h 42$/);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
