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
import { ErrorScreen, NotFoundScreen } from "./ErrorScreen.tsx";
import { SpaceIndex, SpaceLayout } from "./SpaceLayout.tsx";

function Root() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}

const home = () => <Navigate to="/aujourdhui" replace />;

export function makeRouter(history?: RouterHistory) {
  const root = createRootRoute({ component: Root, notFoundComponent: NotFoundScreen });
  const parent = () => root;

  const screens = features
    .flatMap((feature) => feature.screens ?? [])
    .map(({ path, load }) =>
      createRoute({ getParentRoute: parent, path, component: lazyRouteComponent(load) }),
    );

  const space = createRoute({
    getParentRoute: parent,
    path: "/espaces/$space",
    component: SpaceLayout,
  });
  const tabs = features
    .flatMap((feature) => (feature.tab ? [feature.tab] : []))
    .map(({ path, load }) =>
      createRoute({ getParentRoute: () => space, path, component: lazyRouteComponent(load) }),
    );
  const spaceIndex = createRoute({
    getParentRoute: () => space,
    path: "/",
    component: SpaceIndex,
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
