/** What the shell knows of the feature «guests». */
import type { Feature } from "../feature.ts";

export const guests: Feature = {
  name: "guests",
  tab: {
    path: "partenaires",
    text: "tab-partners",
    shown: ({ partners }) => partners,
    load: () => import("./GuestsTab.tsx"),
  },
};
