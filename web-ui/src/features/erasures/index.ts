/** What the shell knows of the feature «erasures». */
import type { Feature } from "../feature.ts";

export const erasures: Feature = {
  name: "erasures",
  screens: [{ path: "/site/effacements", load: () => import("./SiteErasuresScreen.tsx") }],
  tab: {
    path: "effacements",
    text: "tab-erasures",
    managers: true,
    load: () => import("./ErasuresTab.tsx"),
  },
};
