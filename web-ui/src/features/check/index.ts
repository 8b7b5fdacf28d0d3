/** What the shell knows of the feature «check»: held work, requests to enter, the trail. */
import type { Feature } from "../feature.ts";

export const check: Feature = {
  name: "check",
  screens: [
    { path: "/a-valider", load: () => import("./OwnHeldScreen.tsx") },
    { path: "/site/journal", load: () => import("./SiteTrailScreen.tsx") },
  ],
  tab: {
    path: "a-verifier",
    text: "tab-check",
    managers: true,
    count: (detail) => detail.toCheck,
    load: () => import("./CheckTab.tsx"),
  },
};
