/** What the shell knows of the feature «profile». */
import type { Feature } from "../feature.ts";

export const profile: Feature = {
  name: "profile",
  screens: [{ path: "/profil", load: () => import("./ProfileScreen.tsx") }],
};
