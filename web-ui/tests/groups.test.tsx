/** «Groupes»: who is in them, who changes them, and what they may do in a space. */
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import { groupList, spaceGroups } from "../gallery/groups.ts";
import { MockSite } from "../gallery/mock-site.ts";
import type { Command } from "../src/api/types.ts";
import { axeFindings, openApp } from "./support.tsx";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const don = data.spaceAt(0).id;
const [kitchens, roads] = groupList.rows.map(({ id }) => id);
const plain = (text: string | null | undefined) => (text ?? "").replaceAll("\u00a0", " ");
const commands = (site: MockSite) =>
  site.calls
    .filter(({ method, path }) => method === "POST" && path === "/commands")
    .map(({ body }) => {
      const { id: _id, ...command } = body as Command & { id: string };
      return command;
    });
const press = async (name: string | RegExp) =>
  userEvent.click(await screen.findByRole("button", { name }));

describe("the list of groups", () => {
  test("says who is in each, and offers changes only to those who keep one", async () => {
    await openApp("/groupes");
    const own = within(await screen.findByRole("article", { name: "Cuisines du Nord" }));
    const other = within(screen.getByRole("article", { name: "Équipe routes" }));
    expect(own.getByText("Solène Hamon")).toBeTruthy();
    expect(plain(own.getByText(/Pays de Châteaubriant/).textContent)).toContain("2 personnes");
    expect(other.getByText("Karim Benali")).toBeTruthy();
    expect(other.queryByRole("button")).toBeNull();
    expect(await axeFindings()).toEqual([]);
  });

  test("a person is taken out, and another one found and put in", async () => {
    const { site } = await openApp("/groupes");
    await press(/^Retirer Sylvie Hervé du groupe/);
    await press(/^Ajouter une personne à « ?.?Cuisines du Nord/);
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.type(dialog.getByRole("searchbox"), "kar");
    await userEvent.click(await dialog.findByRole("button", { name: "Ajouter Karim Benali" }));
    expect(commands(site)).toEqual([
      { feature: "group", do: "remove", group: kitchens, person: data.sylvie.id },
      { feature: "group", do: "add", group: kitchens, person: data.karim.id },
    ]);
    expect(await axeFindings()).toEqual([]);
  });

  test("one is opened for a territory, and ended after a warning", async () => {
    const { site } = await openApp("/groupes");
    await press("Ouvrir un groupe");
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.type(dialog.getByLabelText("Nom du groupe"), "Gardiens");
    const place = groupList.places[1]?.id ?? "";
    await userEvent.selectOptions(dialog.getByLabelText("Qui s’en occupe"), place);
    await userEvent.click(dialog.getByRole("button", { name: "Ouvrir un groupe" }));
    expect(commands(site)).toEqual([
      { feature: "group", do: "open", name: "Gardiens", territory: place },
    ]);
    await press(/^Changer le groupe/);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Supprimer le groupe" }));
    const warning = within(await screen.findByRole("dialog"));
    expect(plain(warning.getByText(/ce que seul ce groupe/).textContent)).toContain("restent");
    await userEvent.click(warning.getByRole("button", { name: "Supprimer le groupe" }));
    expect(commands(site)[1]).toEqual({ feature: "group", do: "end", group: kitchens });
  });

  test("is found from the profile, and is not for partners", async () => {
    await openApp("/profil");
    const link = await screen.findByRole("link", { name: "Voir tous les groupes" });
    expect(link.getAttribute("href")).toBe("/groupes");
    cleanup();
    const site = new MockSite();
    const { me } = site;
    if (me) site.me = { ...me, person: { ...me.person, partner: "Association Dupont" } };
    await openApp("/groupes", "fr", site);
    expect(await screen.findByText("Les groupes sont ceux de l’organisation")).toBeTruthy();
    expect(site.calls.some(({ path }) => path === "/groups")).toBe(false);
  });
});

describe("groups in a space", () => {
  test("stand beside the members, each of whom says by which she is here", async () => {
    await openApp(`/espaces/${don}/membres`);
    const groups = within(await screen.findByRole("region", { name: "Groupes" }));
    expect(await groups.findByText("Cuisines du Nord")).toBeTruthy();
    const rows = await screen.findAllByText(/par le groupe/);
    expect(rows.map((row) => plain(row.textContent).startsWith("aussi"))).toEqual([true, false]);
    expect(await axeFindings()).toEqual([]);
  });

  test("a manager gives one a role below hers, and ends it", async () => {
    const { site } = await openApp(`/espaces/${don}/membres`);
    await press("Ajouter un groupe");
    const dialog = within(await screen.findByRole("dialog"));
    const roles = dialog.getAllByRole("option").map((option) => option.textContent);
    expect(roles).toEqual(["Lit", "Commente", "Contribue"]);
    await userEvent.selectOptions(dialog.getByRole("combobox"), "viewer");
    await userEvent.click(await dialog.findByRole("button", { name: "Ajouter Équipe routes" }));
    await press(/^Cuisines du Nord/);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Retirer de l’espace" }));
    expect(commands(site)).toEqual([
      { feature: "group", do: "give", space: don, group: roads, role: "viewer" },
      { feature: "group", do: "take", space: don, group: spaceGroups[0]?.group },
    ]);
  });

  test("who is here by a group only may still be added by name", async () => {
    await openApp(`/espaces/${don}/membres`);
    await screen.findAllByText(/par le groupe/);
    await press("Ajouter une personne");
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.type(dialog.getByRole("searchbox"), "so");
    expect(await dialog.findByRole("button", { name: "Ajouter Solène Hamon" })).toBeTruthy();
    expect(dialog.queryByRole("button", { name: "Ajouter Sylvie Hervé" })).toBeNull();
  });

  test("the trail says which group an operation followed", async () => {
    await openApp(`/espaces/${don}/a-verifier`);
    await press("Journal");
    expect(await screen.findByText(/en suivant le groupe/)).toBeTruthy();
  });
});
