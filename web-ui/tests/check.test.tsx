/** «À vérifier», the trail, closing, and asking to enter: what a manager and others can do there. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import type { MockSite } from "../gallery/mock-site.ts";
import { closedSpace, heldPage } from "../gallery/oversight.ts";
import type { Command } from "../src/api/types.ts";
import { axeFindings, openApp } from "./support.tsx";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const don = data.spaceAt(0).id;
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

describe("the inbox", () => {
  const open = () => openApp(`/espaces/${don}/a-verifier`);

  test("says who, what and why, and shows held text as text", async () => {
    await open();
    expect(await screen.findByText(/<b>prévenir le gardien<\/b>/, { selector: "blockquote" }));
    const all = plain(document.body.textContent);
    expect(all).toContain("Claire Le Goff avait retiré cette personne");
    expect(all).toContain("Claire Le Goff avait fermé l’espace");
    expect(all).toContain("est reparti d’une sauvegarde");
    expect(all).toContain("43 mots");
    expect(await axeFindings()).toEqual([]);
    const tabs = screen.getByRole("navigation", { name: "Dans cet espace" });
    expect(within(tabs).getByRole("link", { name: /À vérifier\s*5/ })).toBeTruthy();
  });

  test("one is taken up, and several at once", async () => {
    const { site } = await open();
    await press(/^Reprendre, Relevé de chantier$/);
    const boxes = screen.getAllByRole("checkbox");
    await userEvent.click(boxes[0] as HTMLElement);
    // A decision about rights is never taken up: it is taken again.
    await press("Reprendre (3)");
    await press("Laisser de côté (1)");
    const [first, second, third] = commands(site);
    const works = heldPage.rows.filter((row) => row.kind !== "rights");
    const entries = works.flatMap((row) => row.entries);
    expect(first).toMatchObject({ do: "readmit", entries: works[2]?.entries });
    expect(second).toEqual({ feature: "space", do: "readmit", space: don, entries });
    expect(third).toMatchObject({ do: "setAside", aside: true });
  });

  test("who asks to enter is let in, or not", async () => {
    const { site } = await open();
    await press("Laisser entrer Marie Tessier");
    await press("Refuser la demande de Marie Tessier");
    const request = heldPage.requests[0]?.id;
    expect(commands(site)).toEqual([
      { feature: "space", do: "answerRequest", space: don, request, accept: true },
      { feature: "space", do: "answerRequest", space: don, request, accept: false },
    ]);
  });

  test("what was left aside comes back, with its reason", async () => {
    const { site } = await open();
    await press("Laissé de côté");
    expect(await screen.findByText(/Nomme une entreprise/)).toBeTruthy();
    await press(/^Remettre à vérifier/);
    expect(commands(site)).toMatchObject([{ do: "setAside", aside: false }]);
  });

  test("the trail names who gave what to whom, and is asked for one person", async () => {
    const { site } = await open();
    await press("Journal");
    const line = await screen.findByText(/Sylvie Hervé reçoit le rôle « Responsable »/);
    expect(plain(line.closest("li")?.textContent)).toContain("son auteur avait été retiré");
    expect(await axeFindings()).toEqual([]);
    await userEvent.selectOptions(screen.getByLabelText("Personne"), data.yannick.id);
    await vi.waitFor(() =>
      expect(site.calls.at(-1)?.path).toBe(
        `/spaces/${don}/audit?person=${data.yannick.id}&limit=50`,
      ),
    );
    const table = screen.getByRole("link", { name: "Tableau (CSV)" });
    expect(table.getAttribute("href")).toBe(
      `/api/v1/spaces/${don}/audit.csv?person=${data.yannick.id}`,
    );
  });
});

test("my own held work is kept, and says why it waits", async () => {
  await openApp("/a-valider");
  expect(await screen.findByText(/prévenir le gardien/, { selector: "blockquote" }));
  expect(await axeFindings()).toEqual([]);
});

describe("closing", () => {
  test("says what will happen before it does", async () => {
    const { site } = await openApp(`/espaces/${don}/reglages`);
    await press("Fermer cet espace…");
    const dialog = await screen.findByRole("dialog");
    const said = plain(dialog.textContent);
    for (const fact of ["Personne ne peut plus écrire", "4 partenaires perdent", "À vérifier"]) {
      expect(said).toContain(fact);
    }
    expect(commands(site)).toEqual([]);
    await userEvent.click(within(dialog).getByRole("button", { name: "Fermer l’espace" }));
    await vi.waitFor(() =>
      expect(commands(site)).toEqual([{ feature: "space", do: "close", space: don }]),
    );
  });

  test("a closed space says so, offers nothing to write, and can be opened again", async () => {
    const { row } = closedSpace();
    const { unmount } = await openApp(`/espaces/${row.id}/mur`);
    expect(await screen.findByText(/Espace fermé par Claire Le Goff/)).toBeTruthy();
    // She is a manager: her own work that waits is in the inbox with all other.
    expect(screen.queryByRole("link", { name: "Les voir" })).toBeNull();
    expect(screen.queryByRole("button", { name: /Publier|Nouvelle publication/ })).toBeNull();
    expect(screen.queryByRole("button", { name: /Merci/ })).toBeNull();
    unmount();
    const { site } = await openApp(`/espaces/${row.id}/reglages`);
    expect(screen.queryByLabelText("Nom de l’espace")).toBeNull();
    await press("Rouvrir cet espace");
    await vi.waitFor(() => expect(commands(site)).toMatchObject([{ do: "reopen" }]));
    expect(await axeFindings()).toEqual([]);
  });
});

test("who must ask sees the name and a question, and no tab", async () => {
  const asked = data.spaceAt(6).id;
  const { site } = await openApp(`/espaces/${asked}`);
  const field = await screen.findByLabelText("Pourquoi souhaitez-vous entrer ?");
  expect(screen.queryByRole("link", { name: "Membres" })).toBeNull();
  const button = screen.getByRole("button", { name: "Demander à entrer" });
  expect(button.hasAttribute("disabled")).toBe(true);
  await userEvent.type(field, "Je remplace Solène");
  await userEvent.click(button);
  await vi.waitFor(() =>
    expect(commands(site)).toEqual([
      { feature: "space", do: "askToEnter", space: asked, reason: "Je remplace Solène" },
    ]),
  );
  expect(await axeFindings()).toEqual([]);
});
