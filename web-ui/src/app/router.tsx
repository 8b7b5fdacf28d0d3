/** Addresses, in French words, made from the registry of features. No screen is named here. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  type RouterHistory,
} from "@tanstack/react-router";
import { features } from "../features/index.ts";
import { Loading } from "../parts/small.tsx";
import { Shell } from "../shell/Shell.tsx";
import { completeTexts } from "../text/bundles.ts";
import { ErrorScreen, NotFoundScreen } from "./ErrorScreen.tsx";

function Root() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}

/** Menus and dialogs come with a space: the first screen needs none of them. */
const spaceChunk = withTexts(() => import("./SpaceLayout.tsx"));

/** A screen is shown with its texts, never with their keys. */
function withTexts<Module>(load: () => Promise<Module>): () => Promise<Module> {
  return async () => (await Promise.all([load(), completeTexts()]))[0];
}

const home = () => <Navigate to="/aujourdhui" replace />;

export function makeRouter(history?: RouterHistory) {
  const root = createRootRoute({ component: Root, notFoundComponent: NotFoundScreen });
  const parent = () => root;

  const screens = features
    .flatMap((feature) => feature.screens ?? [])
    .map(({ path, load, first }) => {
      const component = lazyRouteComponent(first ? load : withTexts(load));
      return createRoute({ getParentRoute: parent, path, component });
    });

  const space = createRoute({
    getParentRoute: parent,
    path: "/espaces/$space",
    component: lazyRouteComponent(spaceChunk, "SpaceLayout"),
  });
  const tabs = features
    .flatMap((feature) => (feature.tab ? [feature.tab] : []))
    .map(({ path, load }) =>
      createRoute({
        getParentRoute: () => space,
        path,
        component: lazyRouteComponent(withTexts(load)),
      }),
    );
  const spaceIndex = createRoute({
    getParentRoute: () => space,
    path: "/",
    component: lazyRouteComponent(spaceChunk, "SpaceIndex"),
  });

  return createRouter({
    history,
    routeTree: root.addChildren([
      // Signed in already: the two doors lead inside.
      createRoute({ getParentRoute: parent, path: "/", component: home }),
      createRoute({ getParentRoute: parent, path: "/entrer", component: home }),
      ...screens,
      space.addChildren([spaceIndex, ...tabs]),
    ]),
    // The chunk of a screen comes while the pointer or the focus approaches its link.
    defaultPreload: "intent",
    defaultPendingComponent: Loading,
    defaultErrorComponent: ErrorScreen,
    scrollRestoration: true,
  });
}
