/** What the shell knows of the feature «pages». */
import type { Feature } from "../feature.ts";

export const pages: Feature = {
  name: "pages",
  screens: [{ path: "/espaces/$space/pages/$item", load: () => import("./PageScreen.tsx") }],
  tab: { path: "pages", text: "tab-pages", section: "pages", load: () => import("./PagesTab.tsx") },
};
