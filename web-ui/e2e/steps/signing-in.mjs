/** Three people come in, each at her own site. */
import { Person } from "../api.mjs";
import { openWindow, signIn, waitToday } from "../browser.mjs";
import { check, must } from "../report.mjs";

/** Who sits where. */
export const cast = [
  { login: "claire", firstName: "Claire", site: "chateaubriant" },
  { login: "karim", firstName: "Karim", site: "nantes" },
  { login: "marie", firstName: "Marie", site: "ancenis" },
];

export async function signingIn(world) {
  const { browser, sites, windows } = world;
  for (const { login, firstName, site } of cast) {
    const { base } = sites.site(site);
    windows[login] = await openWindow(browser, base);
    if (login === "claire") {
      await check("a wrong password is refused in words", async () => {
        await signIn(windows[login], login, "not-her-password");
        await windows[login].page.locator('[aria-invalid="true"]').waitFor();
      });
    }
    await must(`${firstName} signs in at ${site} and sees her day`, async () => {
      await signIn(windows[login], login);
      await waitToday(windows[login], firstName);
    });
  }
  world.people = Object.fromEntries(
    await Promise.all(
      cast.map(async ({ login, site }) => [
        login,
        await Person.signIn(sites.site(site).base, login),
      ]),
    ),
  );
  await check("each finds the spaces she was let into from another site", async () => {
    for (const { login } of cast) {
      const space = await world.people[login].space("Rénovation du collège du Don");
      world.space = space.id;
    }
  });
  await check("the list of spaces shows the space, by name and territory", async () => {
    const { page } = windows.marie;
    await page.goto("/espaces");
    await page.getByRole("link", { name: "Rénovation du collège du Don" }).waitFor();
  });
}
signingIn.title = "three people sign in, each at her site";
