/** The demo's contents written a second time: every command's id is the same, so nothing is added. */
import { check, equal } from "../report.mjs";

export async function again({ sites, everywhere }) {
  const key = "chateaubriant";
  const shared = async () => {
    const prints = await sites.fingerprints(key);
    return Object.fromEntries((everywhere ?? []).map((id) => [id, prints[id]]));
  };
  await check("seeding again adds nothing", async () => {
    await sites.start(key);
    const before = await shared();
    await sites.stop(key);
    sites.forgetSeeded();
    await sites.seed();
    await sites.start(key);
    const after = await shared();
    await sites.stop(key);
    equal(Object.keys(after).length > 0, true, "spaces to compare");
    equal(after, before, "the spaces' canonical rows");
  });
}
again.title = "the demo is seeded again";
