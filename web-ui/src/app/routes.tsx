/** Addresses, in French words, made from the registry of features. No screen is named here. */
import type { ComponentType } from "react";
import { features } from "../features/index.ts";
import { Navigate, type Route } from "../shell/routing.tsx";
import { completeTexts } from "../text/bundles.ts";

type ScreenModule = { default: ComponentType };

/** A screen is shown with its texts, never with their keys. */
async function withTexts<Module>(load: () => Promise<Module>): Promise<Module> {
  return (await Promise.all([load(), completeTexts()]))[0];
}

const Home = () => <Navigate to="/aujourdhui" />;

/** Signed in already: the two doors lead inside. */
const doors: Route[] = ["", "/entrer"].map((path) => ({
  path,
  load: async () => ({ Screen: Home }),
}));

const screens: Route[] = features
  .flatMap((feature) => feature.screens ?? [])
  .map(({ path, load, first }) => ({
    path,
    load: async () => ({ Screen: (await (first ? load() : withTexts(load))).default }),
  }));

/** Menus and dialogs come with a space: the first screen needs none of them. */
const spaceChunk = () => import("./SpaceLayout.tsx");

function inSpace(path: string, load?: () => Promise<ScreenModule>): Route {
  return {
    path: `/espaces/$space${path}`,
    load: async () => {
      const [space, tab] = await Promise.all([withTexts(spaceChunk), load?.()]);
      return { Layout: space.SpaceLayout, Screen: tab?.default ?? space.SpaceIndex };
    },
  };
}

const tabs: Route[] = features
  .flatMap((feature) => (feature.tab ? [feature.tab] : []))
  .map(({ path, load }) => inSpace(`/${path}`, load));

export const routes: readonly Route[] = [...doors, ...screens, inSpace(""), ...tabs];
