/** Copies in a partner's space, brought up to date by a manager; and who else may invite partners. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import * as data from "../gallery/fixtures.ts";
import * as guests from "../gallery/guests.ts";
import { MockSite } from "../gallery/mock-site.ts";
import type { Command } from "../src/api/types.ts";
import { axeFindings, openApp } from "./support.tsx";

const don = data.spaceAt(0);
const tab = `/espaces/${don.id}/partenaires`;
const said = () => (document.body.textContent ?? "").replaceAll("\u00a0", " ");
const commands = (site: MockSite) =>
  site.calls
    .filter(({ method, path }) => method === "POST" && path === "/commands")
    .map(({ body }) => body as Command & { id: string });
const button = (name: string | RegExp) => screen.findByRole("button", { name });

describe("copies", () => {
  const copies = `${tab}#copies`;
  test("changed originals are copied again, but those that are left out", async () => {
    const site = new MockSite();
    const [first] = guests.copyList.rows;
    if (!first) throw new Error("the fixtures have copies");
    const second = { ...first, item: "second", title: "Deuxième" };
    site.answers.set(`/spaces/${don.id}/copies`, {
      rows: [second, ...guests.copyList.rows],
    });
    await openApp(tab, "fr", site);
    await userEvent.click(await button("Voir les copies"));
    await screen.findByText("Les copies de cet espace");
    const words = said();
    for (const part of [
      "copié par Claire",
      "dans Rénovation du collège du Don",
      "L’original a changé",
      "par Karim Benali",
      "On a aussi écrit dans la copie",
      "À jour",
      "L’original a été effacé.",
      "Vous ne pouvez pas lire l’original ici",
    ]) {
      expect(words).toContain(part);
    }
    expect(await axeFindings()).toEqual([]);
    expect(screen.getAllByRole("checkbox")).toHaveLength(2);
    await userEvent.click(screen.getByRole("checkbox", { name: /Deuxième/ }));
    (await button("Mettre à jour 1 copie")).focus();
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({ do: "updateCopies", items: [first.item] }),
    );
    expect(await screen.findByText("1 copie est à jour.")).toBeTruthy();
  });

  test("a refusal is said, and what was chosen stays chosen", async () => {
    const site = new MockSite();
    site.refuse = () => ({ code: "erased", message: "L’original a été effacé entre-temps." });
    await openApp(copies, "fr", site);
    await userEvent.click(await button("Mettre à jour 1 copie"));
    expect(await screen.findByText("L’original a été effacé entre-temps.")).toBeTruthy();
    expect((screen.getAllByRole("checkbox")[0] as HTMLInputElement).checked).toBe(true);
  });

  test("a sponsor renews, and neither ends a stay nor sees copies", async () => {
    const site = new MockSite();
    const list = { ...guests.guestList, mayEnd: false, copies: 0 };
    site.answers.set(`/spaces/${don.id}/guests`, list);
    await openApp(copies, "fr", site);
    expect(await button("Prolonger Gaël Ropars")).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Mettre fin|Retirer|copies/ })).toBeNull();
  });
});

describe("who answers for partners", () => {
  test("is named by a manager in the list of members, and no longer named there", async () => {
    const { site } = await openApp(`/espaces/${don.id}/membres`);
    const row = (await screen.findByText("peut inviter des partenaires, et en répond")).closest(
      "li",
    ) as HTMLElement;
    await userEvent.click(within(row).getByRole("button"));
    await userEvent.click(
      await screen.findByRole("menuitem", { name: "N’invite plus de partenaires" }),
    );
    await vi.waitFor(() =>
      expect(commands(site)[0]).toMatchObject({ do: "setSponsor", sponsor: false }),
    );
  });
});
