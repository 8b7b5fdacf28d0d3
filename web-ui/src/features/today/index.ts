/** What the shell knows of the feature «today». */
import type { Feature } from "../feature.ts";

export const today: Feature = {
  name: "today",
  screens: [{ path: "/aujourdhui", load: () => import("./TodayScreen.tsx"), first: true }],
};
