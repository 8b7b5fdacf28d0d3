/** What the shell knows of the feature «messages». */
import type { Feature } from "../feature.ts";

export const messages: Feature = {
  name: "messages",
  screens: [
    { path: "/messages", load: () => import("./MessagesScreen.tsx") },
    { path: "/messages/$channel", load: () => import("./MessagesScreen.tsx") },
  ],
  tab: {
    path: "messages",
    text: "tab-messages",
    section: "messages",
    load: () => import("./ChannelsTab.tsx"),
  },
};
