/** What the shell knows of the feature «posts». */
import type { Feature } from "../feature.ts";

export const posts: Feature = {
  name: "posts",
  tab: { path: "mur", text: "tab-wall", section: "wall", load: () => import("./WallTab.tsx") },
};
