/** Partners: the list, inviting with the keyboard step by step, renewing, ending, and the mark. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import * as guests from "../gallery/guests.ts";
import { MockSite } from "../gallery/mock-site.ts";
import type { Command, InviteGuestPerson, InviteGuestSite, LeavingItem } from "../src/api/types.ts";
import { type Choice, everything, found } from "../src/features/guests/choice.ts";
import {
  dayOf,
  endOf,
  isPossible,
  lastDay,
  monthsOn,
  stayDaysMax,
} from "../src/features/guests/stay.ts";
import { PersonName } from "../src/parts/PersonName.tsx";
import { axeFindings, openApp, renderPart } from "./support.tsx";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const don = data.spaceAt(0);
const tab = `/espaces/${don.id}/partenaires`;
const plain = (text: string | null | undefined) => (text ?? "").replaceAll("\u00a0", " ");
const commands = (site: MockSite) =>
  site.calls
    .filter(({ method, path }) => method === "POST" && path === "/commands")
    .map(({ body }) => body as Command & { id: string });
const said = () => plain(document.body.textContent);
const button = (name: string | RegExp) => screen.findByRole("button", { name });
const step = (title: string) =>
  screen.findByRole("heading", { level: 2, name: (name) => plain(name) === title });

/** With the keyboard alone: tab until the focus is there, then the key that works it. */
async function reach(element: HTMLElement, key: string): Promise<void> {
  for (let presses = 0; document.activeElement !== element; presses += 1) {
    if (presses > 80) throw new Error(`the keyboard does not reach ${element.outerHTML}`);
    await userEvent.tab();
  }
  await userEvent.keyboard(key);
}

describe("end dates", () => {
  test("a month further is the same day, or the last of a shorter month", () => {
    expect(monthsOn(new Date(2026, 10, 24), 3)).toBe("2027-02-24");
    expect(monthsOn(new Date(2026, 10, 30), 3)).toBe("2027-02-28");
    expect(monthsOn(new Date(2027, 0, 31), 1)).toBe("2027-02-28");
    expect(monthsOn(new Date(2026, 11, 1), 12)).toBe("2027-12-01");
  });

  test("a stay lasts until its day is over, and the site takes every day that is offered", () => {
    const now = new Date(2026, 10, 24, 8, 53);
    expect(endOf("2026-11-24")).toBe(new Date(2026, 10, 25).getTime() - 1);
    expect(endOf("")).toBeUndefined();
    expect(endOf("2026-11")).toBeUndefined();
    expect(isPossible(dayOf(now), now)).toBe(true);
    expect(isPossible("2026-11-23", now)).toBe(false);
    expect(isPossible(lastDay(now), now)).toBe(true);
    expect(isPossible("2029-01-01", now)).toBe(false);
    const day = 24 * 3_600_000;
    expect((endOf(lastDay(now)) ?? 0) - now.getTime()).toBeLessThanOrEqual(stayDaysMax * day);
  });
});

describe("the list", () => {
  test("says who, of which organisation, until when, and who answers for them", async () => {
    await openApp(tab);
    await screen.findByText("Gaël Ropars");
    const words = said();
    for (const part of [
      "partenaire, Bureau de contrôle Socotel",
      "Karim Benali en répond",
      "Jusqu’au 24 février 2027",
      "Terminé depuis le 21 novembre 2026",
      "Ce qu’il écrit est validé par les sites Châteaubriant et Nantes",
      "3 changements à valider",
      "Y écrivent : Léa Ménard et Tristan Ollivier",
      "pas encore de nouvelles",
      "Un billet attend le site d’un partenaire",
      "Paysages du Don a utilisé son billet.",
    ]) {
      expect(words).toContain(part);
    }
    const six = within(screen.getByRole("list", { name: "Les six mots à comparer" }));
    expect(six.getAllByRole("listitem").map((word) => word.textContent)).toEqual(
      guests.six.split(" "),
    );
    expect(await axeFindings()).toEqual([]);
  });

  test("who may not invite reads it, and has nothing to press", async () => {
    const site = new MockSite();
    site.answers.set(`/spaces/${don.id}/guests`, {
      ...guests.guestList,
      tickets: [],
      mayInvite: false,
    });
    await openApp(`${tab}#inviter`, "fr", site);
    await screen.findByText("Gaël Ropars");
    expect(screen.queryByRole("button", { name: /Inviter|Prolonger|Mettre fin/ })).toBeNull();
  });

  test("the tab is not there for those the list is not for", async () => {
    const site = new MockSite();
    site.answers.set(`/spaces/${don.id}`, { ...data.detailOf(don), partners: false });
    await openApp(`/espaces/${don.id}/membres`, "fr", site);
    await screen.findByRole("link", { name: "Membres" });
    expect(screen.queryByRole("link", { name: "Partenaires" })).toBeNull();
  });

  test("a space without partners says so in words", async () => {
    const site = new MockSite();
    const none = { ...guests.guestList, people: [], sites: [], tickets: [] };
    site.answers.set(`/spaces/${don.id}/guests`, none);
    await openApp(tab, "fr", site);
    expect(await screen.findByText("Personne ne vient de l’extérieur.")).toBeTruthy();
    expect(await axeFindings()).toEqual([]);
  });
});

describe("staying and leaving", () => {
  test("a stay is renewed with the keyboard", async () => {
    const { site } = await openApp(tab);
    await reach(await button("Prolonger Gaël Ropars"), "{Enter}");
    const dialog = within(await screen.findByRole("dialog"));
    expect(await axeFindings()).toEqual([]);
    await reach(dialog.getByRole("button", { name: "6 mois" }), " ");
    await reach(dialog.getByRole("button", { name: "Prolonger" }), "{Enter}");
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({
        do: "renewGuest",
        space: don.id,
        person: guests.gael.id,
        endMs: endOf("2027-05-24"),
      }),
    );
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("a day that the site would refuse is said at its field, and cannot be sent", async () => {
    await openApp(tab);
    await userEvent.click(await button("Prolonger Atelier Ménard"));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.clear(dialog.getByLabelText("Dernier jour"));
    const field = dialog.getByLabelText("Dernier jour");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const renew = dialog.getByRole("button", { name: "Prolonger" }) as HTMLButtonElement;
    expect(renew.disabled).toBe(true);
    await userEvent.type(field, "2027-03-01");
    expect(renew.disabled).toBe(false);
  });

  test("ending a site says what stays there and what will be held, before it is done", async () => {
    const { site } = await openApp(tab);
    await userEvent.click(await button("Mettre fin à l’accès d’Atelier Ménard"));
    const dialog = await screen.findByRole("dialog");
    const words = plain(dialog.textContent);
    expect(words).toContain("Nos sites arrêtent tout de suite d’envoyer");
    expect(words).toContain("nous ne pouvons pas le reprendre");
    expect(words).toContain("un responsable aura à le vérifier");
    expect(commands(site)).toHaveLength(0);
    await reach(within(dialog).getByRole("button", { name: "Mettre fin" }), "{Enter}");
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({
        do: "endGuestSite",
        site: guests.guestList.sites[0]?.site.id,
      }),
    );
  });

  test("a person's stay ends as her membership; a refusal is said and nothing closes", async () => {
    const site = new MockSite();
    site.refuse = () => ({ code: "forbidden", message: "Vous n’en répondez pas." });
    await openApp(tab, "fr", site);
    await userEvent.click(await button("Mettre fin à l’accès de Gaël Ropars"));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Mettre fin" }));
    expect(await screen.findByText("Vous n’en répondez pas.")).toBeTruthy();
    expect(commands(site)[0]).toMatchObject({ do: "removeMember", person: guests.gael.id });
    expect(screen.getByRole("dialog")).toBeTruthy();
  });
});

describe("inviting", () => {
  test("a space apart is opened with the chosen copies, and inviting goes on there", async () => {
    const { site, history } = await openApp(`${tab}#inviter`);
    await step("Que voulez-vous partager ?");
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe("H2"));
    await userEvent.click(await button("Ouvrir l’espace à part"));
    expect(screen.getByText("Donnez un nom à l’espace à part.")).toBeTruthy();
    await userEvent.type(screen.getByLabelText("Nom de l’espace à part"), "Collège, avec Ménard");
    const page = screen.getByRole("checkbox", { name: /^Plan de phasage/ });
    await reach(page, " ");
    // Channels are not copied: they are not offered.
    expect(screen.queryByRole("checkbox", { name: /Réunions de chantier/ })).toBeNull();
    expect(said()).toContain("1 choisi sur 5");
    expect(await axeFindings()).toEqual([]);
    // Exactly what will be copied, before anything is opened.
    await reach(await button("Voir ce qui va sortir"), "{Enter}");
    await screen.findByText("Voici exactement ce qui sera copié");
    expect(said()).toContain("1 page · Aucune publication");
    expect(screen.getAllByRole("checkbox")).toHaveLength(1);
    expect(commands(site)).toHaveLength(0);
    expect(await axeFindings()).toEqual([]);
    // The mock answers with the command's id for the new space: any known one lets it be shown.
    await reach(await button("Ouvrir l’espace à part"), "{Enter}");
    await vi.waitFor(() => expect(commands(site)).toHaveLength(2));
    const [opened, copied] = commands(site);
    expect(opened).toMatchObject({
      do: "open",
      name: "Collège, avec Ménard",
      visibility: "hidden",
      kind: "project",
      template: "project-partner",
    });
    expect(copied).toMatchObject({
      do: "copyItems",
      space: opened?.id,
      from: don.id,
      items: [data.pages[1]?.id],
    });
    await vi.waitFor(() => expect(history.place.hash).toBe("inviter-ici"));
    expect(history.place.pathname).toBe(`/espaces/${opened?.id}/partenaires`);
  });

  test("copying that failed is tried again without a second space", async () => {
    const site = new MockSite();
    let failing = true;
    site.refuse = (command) =>
      failing && command.feature === "space" && command.do === "copyItems"
        ? { code: "forbidden", message: "Pas maintenant." }
        : undefined;
    await openApp(`${tab}#inviter`, "fr", site);
    await userEvent.type(await screen.findByLabelText("Nom de l’espace à part"), "Don");
    await userEvent.click(await button("Choisir ces 5"));
    await userEvent.click(await button("Voir ce qui va sortir"));
    await userEvent.click(await button("Ouvrir l’espace à part"));
    expect(await screen.findByText("Pas maintenant.")).toBeTruthy();
    failing = false;
    await userEvent.click(await button("Ouvrir l’espace à part"));
    await vi.waitFor(() =>
      expect(commands(site).map((command) => "do" in command && command.do)).toEqual([
        "open",
        "copyItems",
        "copyItems",
      ]),
    );
  });

  test("items are found by kind and between two days, and single ones are left out", async () => {
    const site = new MockSite();
    const item = (id: string, kind: string, changedMs: number): LeavingItem => ({
      id,
      kind,
      title: `Titre ${id}`,
      holds: 0,
      changedMs,
    });
    const items = [
      item("a", "page", new Date(2026, 10, 1, 0, 0).getTime()),
      item("b", "page", new Date(2026, 10, 10, 23, 59).getTime()),
      item("c", "post", new Date(2026, 10, 10, 0, 0).getTime()),
      item("d", "post", new Date(2026, 10, 20, 12, 0).getTime()),
    ];
    const ids = (choice: Partial<Choice>) =>
      found(items, { ...everything, ...choice }).map(({ id }) => id);
    expect(ids({})).toEqual(["a", "b", "c", "d"]);
    expect(ids({ since: "2026-11-10" })).toEqual(["b", "c", "d"]);
    expect(ids({ since: "2026-11-02", until: "2026-11-10" })).toEqual(["b", "c"]);
    expect(ids({ kind: "post", until: "2026-11-10" })).toEqual(["c"]);
    expect(ids({ since: "2026-11-21" })).toEqual([]);

    site.answers.set(`/spaces/${don.id}/leaving`, { ...guests.leaving, items });
    await openApp(`${tab}#inviter`, "fr", site);
    await userEvent.type(await screen.findByLabelText("Nom de l’espace à part"), "Don");
    await userEvent.type(screen.getByLabelText("Changé depuis le"), "2026-11-10");
    await userEvent.click(await button("Choisir ces 3"));
    await userEvent.selectOptions(screen.getByLabelText("Quoi"), "post");
    expect(screen.getAllByRole("checkbox")).toHaveLength(2);
    expect(said()).toContain("3 choisis sur 4");
    await userEvent.click(await button("Voir ce qui va sortir"));
    // All that was chosen, whatever is shown in the list before; one is taken out.
    expect(screen.getAllByRole("checkbox")).toHaveLength(3);
    await userEvent.click(screen.getByRole("checkbox", { name: /Titre c/ }));
    expect(said()).toContain("1 page · 1 publication");
    await userEvent.click(await button("Ouvrir l’espace à part"));
    await vi.waitFor(() =>
      expect(commands(site)[1]).toMatchObject({ do: "copyItems", items: ["b", "d"] }),
    );
  });

  test("who may not open spaces is told who may", async () => {
    const site = new MockSite();
    site.me = { ...data.me, rights: { ...data.me.rights, openSpaces: false } };
    await openApp(`${tab}#inviter`, "fr", site);
    expect(await screen.findByText(/demandez à votre responsable/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Ouvrir l’espace à part" })).toBeNull();
    await userEvent.click(screen.getByRole("radio", { name: /Cet espace entier/ }));
    await userEvent.click(await button("Continuer"));
    expect(await step("Comment votre partenaire viendra-t-il ?")).toBeTruthy();
  });

  test("an account: everything that leaves is read first, the password is shown once", async () => {
    const { site } = await openApp(`${tab}#inviter-ici`);
    await step("Comment votre partenaire viendra-t-il ?");
    await userEvent.click(await button("Voir ce qui va sortir"));
    // The first field that is missing is where the work goes on.
    expect(document.activeElement).toBe(screen.getByLabelText("Prénom et nom"));
    await userEvent.keyboard("Tristan Ollivier");
    await userEvent.type(screen.getByLabelText("Son organisation"), "Atelier Ménard");
    await userEvent.type(screen.getByLabelText("Nom pour entrer"), "tristan.ollivier");
    expect(await axeFindings()).toEqual([]);
    await userEvent.keyboard("{Enter}");
    await step("Voici tout ce qui va sortir");
    await screen.findByText("Plan de phasage des travaux");
    const words = said();
    for (const part of [
      "Tristan Ollivier pourra lire tout ce qui suit jusqu’au 24 février 2027",
      "3 pages",
      "2 publications",
      "1 salon",
      "148 messages",
      "4 commentaires",
      "Les noms de 5 membres",
      "Marie Tessier",
      "Vous pouvez mettre fin à ce droit à tout moment",
      "reste chez lui",
    ]) {
      expect(words).toContain(part);
    }
    expect(site.calls.some(({ method }) => method === "POST")).toBe(false);
    expect(await axeFindings()).toEqual([]);
    await reach(await button("Créer le compte"), "{Enter}");
    await step("À remettre à votre partenaire");
    const call = site.calls.find(({ path }) => path === `/spaces/${don.id}/guest-people`);
    expect(call?.body).toEqual({
      name: "Tristan Ollivier",
      organisation: "Atelier Ménard",
      login: "tristan.ollivier",
      role: "contributor",
      endMs: endOf("2027-02-24") as number,
    } satisfies InviteGuestPerson);
    expect(call?.headers.get("x-bocage-csrf")).toBe("c5rf");
    expect(screen.getByText("k7pm-2xqa-9fhd-tu3c")).toBeTruthy();
    await userEvent.click(await button(/^Copier.: Mot de passe$/));
    // Without TLS a browser keeps its clipboard closed: the text is selected, and that is said.
    expect(await screen.findByText(/Le texte est sélectionné/)).toBeTruthy();
    expect(getSelection()?.toString()).toBe("k7pm-2xqa-9fhd-tu3c");
    const writeText = vi.fn(() => Promise.resolve());
    Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
    await userEvent.click(await button(/^Copier.: Mot de passe$/));
    expect(writeText).toHaveBeenCalledWith("k7pm-2xqa-9fhd-tu3c");
    Reflect.deleteProperty(navigator, "clipboard");
    expect(await axeFindings()).toEqual([]);
    await userEvent.click(await button("J’ai noté le mot de passe"));
    await screen.findByRole("heading", { name: "Qui vient de l’extérieur" });
    expect(said()).not.toContain("k7pm-2xqa");
  });

  test("a name that is taken is said where it was written", async () => {
    const site = new MockSite();
    site.failures.set(`/spaces/${don.id}/guest-people`, {
      status: 409,
      error: { code: "conflict", message: "Ce nom est déjà pris.", field: "login" },
    });
    await openApp(`${tab}#inviter-ici`, "fr", site);
    await userEvent.type(await screen.findByLabelText("Prénom et nom"), "Léa");
    await userEvent.type(screen.getByLabelText("Son organisation"), "Atelier");
    await userEvent.type(screen.getByLabelText("Nom pour entrer"), "claire.legoff{Enter}");
    await userEvent.click(await button("Créer le compte"));
    const refused = await screen.findByText("Ce nom est déjà pris.");
    const field = screen.getByLabelText("Nom pour entrer");
    expect(field.getAttribute("aria-describedby")).toContain(refused.id);
    expect((screen.getByLabelText("Prénom et nom") as HTMLInputElement).value).toBe("Léa");
  });

  test("a site: the ticket, what is typed, and the six words once it was used", async () => {
    const site = new MockSite();
    const list = { ...guests.guestList, tickets: [] };
    site.answers.set(`/spaces/${don.id}/guests`, list);
    const intervals = vi.spyOn(globalThis, "setInterval");
    await openApp(`${tab}#inviter-ici`, "fr", site);
    await userEvent.click(await screen.findByRole("radio", { name: /Leur propre site/ }));
    await userEvent.selectOptions(screen.getByLabelText(/Ce que ses personnes/), "viewer");
    await userEvent.click(await button("Voir ce qui va sortir"));
    await screen.findByText("Plan de phasage des travaux");
    await userEvent.click(await button("Créer le billet"));
    await step("Le billet de votre partenaire");
    const call = site.calls.find(({ path }) => path === `/spaces/${don.id}/guest-sites`);
    expect(call?.body).toEqual({
      role: "viewer",
      endMs: endOf("2027-02-24") as number,
    } satisfies InviteGuestSite);
    const words = said();
    expect(words).toContain("Nous attendons leur site…");
    expect(words).toContain(`bocage guest accept ${guests.ticketReady.ticket}`);
    expect(words).toContain("bocage guest init --site");
    expect(words).toContain("Seul le site Châteaubriant accepte ce billet");
    const code = screen.getByRole("img", { name: /à lire avec un appareil photo/ });
    expect(code.getAttribute("src")).toBe(
      `data:image/svg+xml,${encodeURIComponent(guests.ticketReady.qrSvg ?? "")}`,
    );
    // A picture only: nothing of it stands in the page.
    expect(document.querySelector("figure svg")).toBeNull();
    expect(await axeFindings()).toEqual([]);
    const { expiresMs } = guests.ticketReady;
    const used = { expiresMs, by: data.claire.id, usedBy: "Atelier Ménard", words: guests.six };
    site.answers.set(`/spaces/${don.id}/guests`, { ...list, tickets: [used] });
    const [askAgain] = intervals.mock.calls.find(([, everyMs]) => everyMs === 3_000) ?? [];
    (askAgain as () => void)();
    const six = await screen.findByRole("list", { name: "Les six mots à comparer" });
    expect(within(six).getAllByRole("listitem")).toHaveLength(6);
    expect(said()).not.toContain("Nous attendons leur site");
    expect(await axeFindings()).toEqual([]);
    intervals.mockRestore();
  });

  test("a site that partners cannot reach says so and offers no ticket", async () => {
    const site = new MockSite();
    site.answers.set(`/spaces/${don.id}/guests`, { ...guests.guestList, reachable: false });
    await openApp(`${tab}#inviter-ici`, "fr", site);
    await userEvent.click(await screen.findByRole("radio", { name: /Leur propre site/ }));
    expect(await screen.findByText(/ne peuvent pas joindre notre site/)).toBeTruthy();
    const next = (await button("Voir ce qui va sortir")) as HTMLButtonElement;
    expect(next.disabled).toBe(true);
  });

  test("in English, no text is left as its key", async () => {
    for (const hash of ["inviter", "inviter-ici"]) {
      const { unmount } = await openApp(`${tab}#${hash}`, "en");
      await screen.findByText(/^Step \d of 4$/);
      expect(document.body.textContent).not.toMatch(/\b(?:share|access|guest|stay|invite)-[a-z]+/);
      unmount();
    }
  });
});

describe("a partner's name", () => {
  test("carries the organisation and the word", async () => {
    const { container } = await renderPart(<PersonName person={guests.lea} />);
    expect(plain(container.textContent)).toBe("Léa Ménard partenaire, Atelier Ménard architectes");
    expect(container.querySelector("svg")?.getAttribute("aria-hidden")).toBe("true");
  });

  test("among the members she is marked, and her stay is not changed like a membership", async () => {
    await openApp(`/espaces/${don.id}/membres`);
    const name = await screen.findByText("Gaël Ropars");
    const row = within(name.closest("li") as HTMLElement);
    expect(plain(name.closest("li")?.textContent)).toContain("partenaire, Bureau de contrôle");
    expect(row.queryByRole("button")).toBeNull();
    expect(row.getByRole("link", { name: "Partenaires" }).getAttribute("href")).toBe(tab);
  });

  test("inside a sentence the organisation stands in brackets", async () => {
    const site = new MockSite();
    const [post] = data.posts;
    if (!post) throw new Error("the fixtures have posts");
    site.answers.set(`/spaces/${don.id}/items`, {
      rows: [{ ...post, author: guests.lea }],
      next: null,
    });
    await openApp(`/espaces/${don.id}/mur`, "fr", site);
    expect(
      await screen.findByText(/^Léa Ménard \(partenaire, Atelier Ménard architectes\), /),
    ).toBeTruthy();
  });
});
