/** What the shell knows of the feature «members». */
import type { Feature } from "../feature.ts";

export const members: Feature = {
  name: "members",
  tab: { path: "membres", text: "tab-members", load: () => import("./MembersTab.tsx") },
};
