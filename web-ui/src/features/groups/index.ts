/** What the shell knows of the feature «groups». */
import type { Feature } from "../feature.ts";

export const groups: Feature = {
  name: "groups",
  screens: [{ path: "/groupes", load: () => import("./GroupsScreen.tsx") }],
};
