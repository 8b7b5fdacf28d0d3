/** What the shell knows of the feature «erasures». */
import type { Feature } from "../feature.ts";

export const erasures: Feature = {
  name: "erasures",
  tab: {
    path: "effacements",
    text: "tab-erasures",
    managers: true,
    load: () => import("./ErasuresTab.tsx"),
  },
};
