/**
 * From an address to a screen, in the smallest way that keeps the old screen until the new one is
 * there. A screen is a chunk; its layout (a space's header) is another. Knows no screen by name.
 */
import {
  type AnchorHTMLAttributes,
  Component,
  type ComponentType,
  createContext,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { AppHistory, Place } from "./history.ts";

export type Params = Readonly<Record<string, string>>;
type Loaded = { Screen: ComponentType; Layout?: ComponentType<{ children: ReactNode }> };
export type Route = { path: string; load: () => Promise<Loaded> };

type Match = { route: Route; params: Params };
type Shown = { place: Place; match: Match | null; loaded: Loaded | null; failure?: unknown };

/** Fewer holes first: «/espaces/ouvrir» is not a space called «ouvrir». */
export function orderRoutes(routes: readonly Route[]): Route[] {
  const holes = ({ path }: Route) => path.split("$").length;
  return [...routes].sort((one, other) => holes(one) - holes(other));
}

export function matchRoute(routes: readonly Route[], pathname: string): Match | null {
  const asked = pathname.replace(/\/+$/, "").split("/");
  for (const route of routes) {
    const wanted = route.path.split("/");
    if (wanted.length !== asked.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const given = asked[index] ?? "";
      if (!part.startsWith("$")) return part === given;
      params[part.slice(1)] = decodeURIComponent(given);
      return given !== "";
    });
    if (fits) return { route, params };
  }
  return null;
}

type Router = { history: AppHistory; preload: (to: string) => void };
const RouterContext = createContext<Router | null>(null);
const PlaceContext = createContext<{ place: Place; params: Params } | null>(null);

function useRouter(): Router {
  const router = useContext(RouterContext);
  if (!router) throw new Error("a link or an address was used outside the Routes");
  return router;
}

function usePlace() {
  const place = useContext(PlaceContext);
  if (!place) throw new Error("an address was asked for outside the Routes");
  return place;
}

/** The address of the screen that is shown (not yet of the one that is coming). */
export const useLocation = (): Place => usePlace().place;
export const useParams = (): Params => usePlace().params;

export function useNavigate() {
  const { history } = useRouter();
  return useMemo(() => (to: string) => history.go(to), [history]);
}

type RoutesProps = {
  routes: readonly Route[];
  history: AppHistory;
  shell: (screen: ReactNode) => ReactNode;
  notFound: ReactNode;
  failed: (failure: unknown, again: () => void) => ReactNode;
};

export function Routes({ routes, history, shell, notFound, failed }: RoutesProps) {
  const ordered = useMemo(() => orderRoutes(routes), [routes]);
  const router = useMemo<Router>(
    () => ({
      history,
      preload: (to) => {
        const pathname = to.split("#")[0] ?? to;
        void matchRoute(ordered, pathname)
          ?.route.load()
          .catch(() => undefined);
      },
    }),
    [history, ordered],
  );
  const shown = useShown(ordered, history);
  if (!shown) return null;
  const { place, match, loaded, failure } = shown;
  const again = () => history.go(place.pathname, { replace: true });
  let screen = notFound;
  if (failure !== undefined) screen = failed(failure, again);
  else if (match && loaded) {
    const { Screen, Layout } = loaded;
    screen = Layout ? (
      <Layout>
        <Screen />
      </Layout>
    ) : (
      <Screen />
    );
  }
  return (
    <RouterContext value={router}>
      <PlaceContext value={{ place, params: match?.params ?? {} }}>
        {shell(
          <Boundary visit={place.key} shown={(problem) => failed(problem, again)}>
            {screen}
          </Boundary>,
        )}
      </PlaceContext>
    </RouterContext>
  );
}

/** What to show: changes only when the new screen's chunks are there. */
function useShown(routes: readonly Route[], history: AppHistory): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  const scroll = useRef({ kept: new Map<string, number>(), to: 0 });
  useEffect(() => {
    let latest = 0;
    let current = history.place.key;
    const show = async (place: Place, back: boolean) => {
      const turn = ++latest;
      scroll.current.kept.set(current, window.scrollY);
      const match = matchRoute(routes, place.pathname);
      let loaded: Loaded | null = null;
      let failure: unknown;
      try {
        loaded = match ? await match.route.load() : null;
      } catch (problem) {
        failure = problem;
      }
      if (turn !== latest) return;
      current = place.key;
      scroll.current.to = back ? (scroll.current.kept.get(place.key) ?? 0) : 0;
      setShown({ place, match, loaded, failure });
    };
    void show(history.place, false);
    const stop = history.listen((place, back) => void show(place, back));
    return () => {
      latest = -1;
      stop();
    };
  }, [routes, history]);
  useLayoutEffect(() => {
    if (shown && !shown.place.hash) window.scrollTo(0, scroll.current.to);
  }, [shown]);
  return shown;
}

type BoundaryProps = {
  children: ReactNode;
  visit: string;
  shown: (problem: unknown) => ReactNode;
};
type BoundaryState = { problem: unknown; visit: string };

/** A screen that breaks leaves the navigation standing; the next visit tries again. */
class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { problem: null, visit: "" };
  static getDerivedStateFromError = (problem: unknown) => ({ problem });
  static getDerivedStateFromProps({ visit }: BoundaryProps, state: BoundaryState) {
    return visit === state.visit ? null : { problem: null, visit };
  }
  override render(): ReactNode {
    return this.state.problem === null ? this.props.children : this.props.shown(this.state.problem);
  }
}

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  to: string;
  ref?: Ref<HTMLAnchorElement>;
};

/** A real link: opens in a new tab, copies, and is found by a search, like any other. */
export function Link({ to, onClick, children, ...rest }: LinkProps) {
  const { history, preload } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain =
      event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !plain || rest.target) return;
    event.preventDefault();
    history.go(to);
  };
  return (
    <a
      {...rest}
      href={to}
      onClick={follow}
      onPointerEnter={() => preload(to)}
      onFocus={() => preload(to)}
    >
      {children}
    </a>
  );
}

/** Goes on to another address, which takes the place of this one. */
export function Navigate({ to }: { to: string }) {
  const { history } = useRouter();
  useEffect(() => history.go(to, { replace: true }), [history, to]);
  return null;
}
