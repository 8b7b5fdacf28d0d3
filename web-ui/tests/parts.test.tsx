/** The parts by themselves: their names, their keyboard, and what a screen reader is told. */
import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test, vi } from "vitest";
import { Button } from "../src/parts/Button.tsx";
import { Dialog } from "../src/parts/Dialog.tsx";
import { Menu } from "../src/parts/Menu.tsx";
import { SavingState } from "../src/parts/SavingState.tsx";
import { EmptyState, initials, Loading, personColour, UnreadPill } from "../src/parts/small.tsx";
import { PasswordField, TextField } from "../src/parts/TextField.tsx";
import { useToast } from "../src/parts/Toast.tsx";
import { axeFindings, renderPart } from "./support.tsx";

describe("saving state", () => {
  test.each([
    [{ state: "everywhere" }, "Enregistrépartout"],
    [
      { state: "sites", names: ["Châteaubriant", "Nantes"] },
      "Enregistrésur 2 sites, Châteaubriant et Nantes",
    ],
    [{ state: "site" }, "Envoyé au site, pas encore partout"],
    [{ state: "received" }, "Reçu, à valider"],
    [{ state: "device" }, "Gardé sur cet appareil, sera envoyé"],
    [{ state: "device", count: 3 }, "En attente (3), gardé sur cet appareil"],
    [{ state: "problem", text: "le texte est trop long" }, "Problème : le texte est trop long"],
  ] as const)("%o is said in words", async (saving, words) => {
    document.documentElement.lang = "fr";
    const { container } = await renderPart(<SavingState saving={saving as never} />);
    expect(container.querySelector("main")?.textContent?.replaceAll("\u00a0", " ")).toBe(words);
    expect(container.querySelector("svg")?.getAttribute("aria-hidden")).toBe("true");
  });
});

test("unread is a number and a word, and nothing when there is none", async () => {
  const { container, rerender } = await renderPart(<UnreadPill count={1} />);
  expect(container.textContent).toBe("1 non lu");
  rerender(<span />);
  expect(container.textContent).toBe("");
});

test.each([
  ["Claire Le Goff", "CL"],
  ["Karim Benali", "KB"],
  ["Élodie", "É"],
  ["", ""],
  ["🇫🇷 Équipe", "🇫🇷É"],
])("initials of «%s»", (name, letters) => expect(initials(name)).toBe(letters));

test("a person keeps her colours", () => {
  expect(personColour("abc")).toBe(personColour("abc"));
  expect(new Set(["a", "b", "c", "d", "e"].map(personColour)).size).toBeGreaterThan(1);
});

test("nothing is said of waiting before 400 ms", async () => {
  vi.useFakeTimers();
  try {
    const rendering = renderPart(<Loading />);
    await vi.advanceTimersByTimeAsync(0);
    await rendering;
    act(() => vi.advanceTimersByTime(399));
    expect(screen.getAllByRole("status")[0]?.textContent).toBe("");
    act(() => vi.advanceTimersByTime(2));
    expect(screen.getAllByRole("status")[0]?.textContent).toBe("Un instant…");
  } finally {
    vi.useRealTimers();
  }
});

test("a field is tied to its label, its help and its problem", async () => {
  await renderPart(<TextField label="Nom" help="Une phrase" problem="Il manque un nom" />);
  const field = screen.getByRole("textbox", { name: "Nom" });
  expect(field.getAttribute("aria-invalid")).toBe("true");
  const described = field.getAttribute("aria-describedby")?.split(" ") ?? [];
  expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual([
    "Une phrase",
    "Il manque un nom",
  ]);
  expect(await axeFindings()).toEqual([]);
});

test("a password can be seen", async () => {
  await renderPart(<PasswordField label="Mot de passe" defaultValue="secret" />);
  const field = screen.getByLabelText("Mot de passe");
  expect(field.getAttribute("type")).toBe("password");
  await userEvent.click(screen.getByRole("button", { name: "Voir" }));
  expect(field.getAttribute("type")).toBe("text");
});

function Opener() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Ouvrir</Button>
      {open && (
        <Dialog title="Un titre" open onClose={() => setOpen(false)}>
          <TextField label="Nom" />
        </Dialog>
      )}
    </>
  );
}

describe("dialog", () => {
  test("takes the focus, keeps it, and gives it back on Escape", async () => {
    await renderPart(<Opener />);
    const opener = screen.getByRole("button", { name: "Ouvrir" });
    await userEvent.click(opener);
    const dialog = screen.getByRole("dialog", { name: "Un titre" });
    expect(dialog.contains(document.activeElement)).toBe(true);
    for (let step = 0; step < 5; step++) {
      await userEvent.tab();
      expect(dialog.contains(document.activeElement)).toBe(true);
    }
    expect(await axeFindings(dialog)).toEqual([]);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    await vi.waitFor(() => expect(document.activeElement).toBe(opener));
  });

  test("closes by its named button", async () => {
    await renderPart(<Opener />);
    await userEvent.click(screen.getByRole("button", { name: "Ouvrir" }));
    await userEvent.click(screen.getByRole("button", { name: "Fermer" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("menu", () => {
  test("arrows and Enter choose; Escape leaves", async () => {
    const done: string[] = [];
    const entries = ["Modifier", "Retirer"].map((text) => ({
      id: text,
      text,
      onSelect: () => done.push(text),
    }));
    await renderPart(<Menu text="Actions" entries={entries} />);
    const button = screen.getByRole("button", { name: "Actions" });
    button.focus();
    await userEvent.keyboard("{Enter}");
    expect(screen.getAllByRole("menuitem")).toHaveLength(2);
    expect(await axeFindings(screen.getByRole("menu"))).toEqual([]);
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(done).toEqual(["Retirer"]);
    await userEvent.click(button);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("menu")).toBeNull();
  });
});

function Toaster({ undo }: { undo: () => void }) {
  const toast = useToast();
  return <Button onClick={() => toast({ text: "Message retiré.", undo })}>Retirer</Button>;
}

test("what was done is said, and can be undone", async () => {
  const undo = vi.fn();
  await renderPart(<Toaster undo={undo} />);
  await userEvent.click(screen.getByRole("button", { name: "Retirer" }));
  const said = screen.getByRole("status");
  expect(said.textContent).toContain("Message retiré.");
  await userEvent.click(within(said).getByRole("button", { name: "Annuler" }));
  expect(undo).toHaveBeenCalledOnce();
  expect(said.textContent).toBe("");
});

test("an empty state is two sentences", async () => {
  const { container } = await renderPart(<EmptyState title="Rien à lire." text="Tout est lu." />);
  expect([...container.querySelectorAll("p")].map((p) => p.textContent)).toEqual([
    "Rien à lire.",
    "Tout est lu.",
  ]);
});
