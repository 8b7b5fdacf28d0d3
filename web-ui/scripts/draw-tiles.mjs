/**
 * Writes the mask tiles of the land (two hedges, two furrows) from their fixed seed.
 * Run `npm run tiles` after changing src/land/crowns.js; a test says when the files are stale.
 */
import { writeFileSync } from "node:fs";
import { dashTile, hedgeTile, waveTile } from "../src/land/crowns.js";

const folder = new URL("../src/land/tiles/", import.meta.url);
writeFileSync(new URL("hedge.svg", folder), hedgeTile(false));
writeFileSync(new URL("hedge-upright.svg", folder), hedgeTile(true));
writeFileSync(new URL("waves.svg", folder), waveTile());
writeFileSync(new URL("dashes.svg", folder), dashTile());
