/** What the shell knows of the feature «site». */
import type { Feature } from "../feature.ts";

export const site: Feature = {
  name: "site",
  screens: [{ path: "/site", load: () => import("./SiteScreen.tsx") }],
};
