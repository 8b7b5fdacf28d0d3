/** What the shell knows of the feature «spaces». */
import type { Feature } from "../feature.ts";

export const spaces: Feature = {
  name: "spaces",
  screens: [
    { path: "/espaces", load: () => import("./SpacesScreen.tsx") },
    { path: "/espaces/ouvrir", load: () => import("./OpenSpaceScreen.tsx") },
  ],
  tab: {
    path: "reglages",
    text: "tab-settings",
    managers: true,
    load: () => import("./SettingsTab.tsx"),
  },
};
