/** What the shell knows of the feature «search». */
import type { Feature } from "../feature.ts";

export const search: Feature = {
  name: "search",
  screens: [{ path: "/chercher", load: () => import("./SearchScreen.tsx") }],
};
