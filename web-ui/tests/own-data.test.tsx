/** «Mes données»: the file, deleting one's account with the password, and what stands in the way. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import type { OwnData } from "../src/api/types.ts";
import { readJson, setDeletedName } from "../src/text/deleted.ts";
import { axeFindings, openApp } from "./support.tsx";

afterEach(() => vi.unstubAllGlobals());

const plain = (text: string | null | undefined) => (text ?? "").replaceAll("\u00a0", " ");
const open = async (own?: Partial<OwnData>) => {
  const { site } = await openApp("/profil");
  if (own) site.answers.set("/me/data", { ...data.ownData, ...own });
  await userEvent.click(await screen.findByRole("button", { name: "Supprimer mon compte" }));
  return { site, dialog: within(await screen.findByRole("dialog")) };
};

describe("my data", () => {
  test("the file is a link, with whom to ask", async () => {
    await openApp("/profil");
    const link = await screen.findByRole("link", { name: "Télécharger mes données" });
    expect(link.getAttribute("href")).toBe("/api/v1/me/data.zip");
    expect(await screen.findByText(/Inès Moreau/)).toBeTruthy();
  });

  test("the account is deleted with the right password only", async () => {
    const { site, dialog } = await open();
    const remove = dialog.getByRole("button", { name: "Supprimer mon compte" });
    const sent = () => site.calls.filter(({ path }) => path === "/me/deletion");
    await userEvent.click(remove);
    expect(dialog.getByText("Écrivez votre mot de passe actuel.")).toBeTruthy();
    expect(sent()).toHaveLength(0);
    const field = dialog.getByLabelText("Mot de passe actuel");
    await userEvent.type(field, "autre");
    await userEvent.click(remove);
    await dialog.findByText("Votre mot de passe actuel ne convient pas.");
    expect(await axeFindings()).toEqual([]);
    await userEvent.clear(field);
    await userEvent.type(field, "bocage");
    await userEvent.click(remove);
    await screen.findByRole("button", { name: "Entrer" });
    expect(sent().at(-1)?.body).toEqual({ password: "bocage" });
  });

  test("the only manager of a space is told which, and cannot go on", async () => {
    const { dialog } = await open({ spaces: [{ id: data.spaceAt(0).id, name: "Le Don" }] });
    const link = await dialog.findByRole("link", { name: "Le Don" });
    expect(link.getAttribute("href")).toContain(`/espaces/${data.spaceAt(0).id}/membres`);
    expect(dialog.queryByLabelText("Mot de passe actuel")).toBeNull();
    expect(dialog.queryByRole("button", { name: "Supprimer mon compte" })).toBeNull();
    expect(await axeFindings()).toEqual([]);
  });

  test("away from home, the home site is named", async () => {
    const { dialog } = await open({ home: "Ancenis" });
    expect(plain((await dialog.findByRole("alert")).textContent)).toContain("Ancenis");
  });

  test("a deleted account is named in the reader's language, whatever the site calls it", () => {
    setDeletedName("Deleted account");
    const person = { id: "1", name: "Compte supprimé", site: "", deleted: true };
    expect(
      readJson(JSON.stringify({ rows: [{ author: person }, { author: data.claire }] })),
    ).toEqual({
      rows: [{ author: { ...person, name: "Deleted account" } }, { author: data.claire }],
    });
  });
});

test("one's own message is erased from its menu", async () => {
  const { site } = await openApp(`/messages/${data.daily.id}`);
  const own = data.messagePage.rows.find((row) => row.author.id === data.me.person.id);
  if (!own) throw new Error("no message of hers among the fixtures");
  const menus = await screen.findAllByRole("button", { name: /^Actions sur le texte de Claire/ });
  await userEvent.click(menus[0] as HTMLElement);
  await userEvent.click(screen.getByRole("menuitem", { name: "Effacer" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(await dialog.findByRole("button", { name: /Effacer 1 contenu/ }));
  const sent = () => site.calls.filter(({ path }) => path === "/commands").map(({ body }) => body);
  await vi.waitFor(() =>
    expect(sent()).toContainEqual(
      expect.objectContaining({ feature: "erasure", do: "erase", items: [own.id] }),
    ),
  );
});
