/**
 * The app around the screens: who is signed in, in which language, with one live line and one
 * outbox. Signed out, there is only the sign-in screen.
 */
import { type QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { I18nProvider } from "react-aria-components/I18nProvider";
import { ApiError, call, get, setSession, whenSignedOut } from "../api/client.ts";
import { ApiProvider } from "../api/context.tsx";
import { Outbox } from "../api/outbox.ts";
import { LiveSocket } from "../api/socket.ts";
import { openStore } from "../api/store.ts";
import type { Language, Me, Welcome } from "../api/types.ts";
import { Loading } from "../parts/small.tsx";
import { ToastProvider } from "../parts/Toast.tsx";
import { type AppHistory, browserHistory } from "../shell/history.ts";
import { Routes } from "../shell/routing.tsx";
import { Shell } from "../shell/Shell.tsx";
import { completeTexts } from "../text/bundles.ts";
import { TextProvider, useText } from "../text/context.tsx";
import { NotFoundScreen, UnreachableScreen, ViewFailure } from "./ErrorScreen.tsx";
import { applyTheme, rememberLanguage } from "./preferences.ts";
import { routes } from "./routes.tsx";
import { SessionContext } from "./session.tsx";
import { forgetViews } from "./worker.ts";

const SignInScreen = lazy(async () => {
  const [screen] = await Promise.all([
    import("../features/signin/SignInScreen.tsx"),
    completeTexts(),
  ]);
  return screen;
});

type InnerProps = { cache: QueryClient; history?: AppHistory };

type AppProps = {
  cache: QueryClient;
  language: Language;
  /** Where addresses live: the browser's, unless a test or the gallery brings its own. */
  history?: AppHistory;
};

export function App({ cache, language, history }: AppProps) {
  return (
    <QueryClientProvider client={cache}>
      <TextProvider initial={language}>
        <AppInLanguage cache={cache} history={history} />
      </TextProvider>
    </QueryClientProvider>
  );
}

function AppInLanguage({ cache, history }: InnerProps) {
  const { language } = useText();
  return (
    <I18nProvider locale={language === "fr" ? "fr-FR" : "en-US"}>
      <ToastProvider>
        <SignedInOrNot cache={cache} history={history} />
      </ToastProvider>
    </I18nProvider>
  );
}

function SignedInOrNot({ cache, history }: InnerProps) {
  const { setLanguage } = useText();
  const welcome = useQuery(welcomeQuery);
  const known = useQuery({
    queryKey: ["/me"],
    queryFn: () => whoIsThere(cache),
  });
  const me = known.data ?? null;
  setSession(me);

  const changed = useCallback(
    (next: Me | null) => {
      setSession(next);
      cache.setQueryData(["/me"], next);
      applyTheme(next?.theme);
      if (!next) return;
      rememberLanguage(next.language);
      setLanguage(next.language);
    },
    [cache, setLanguage],
  );

  const forget = useCallback(async () => {
    await forgetViews();
    changed(null);
    // All that was read belongs to the person who left.
    cache.removeQueries({
      predicate: ({ queryKey }) => !["/welcome", "/me"].includes(String(queryKey[0])),
    });
  }, [cache, changed]);

  useEffect(() => whenSignedOut(() => void forget()), [forget]);

  const session = useMemo(
    () => ({
      signedIn: changed,
      changed,
      async signOut() {
        await call("DELETE", "/session");
        await forget();
      },
      ended: forget,
    }),
    [changed, forget],
  );

  if (known.isPending) return <Loading />;
  if (known.isLoadingError) {
    return <UnreachableScreen error={known.error} onAgain={() => void known.refetch()} />;
  }
  return (
    <SessionContext value={session}>
      {me ? (
        <SignedIn key={me.person.id} me={me} history={history} />
      ) : (
        <Suspense fallback={<Loading />}>
          <SignInScreen
            siteName={welcome.data?.site.name ?? ""}
            contact={welcome.data?.contact ?? null}
          />
        </Suspense>
      )}
    </SessionContext>
  );
}

const welcomeQuery = { queryKey: ["/welcome"], queryFn: () => get<Welcome>("/welcome") };

/** Where nobody was signed in, the site is asked whether anybody is: `/me` would only be refused. */
async function whoIsThere(cache: QueryClient): Promise<Me | null> {
  if (!cache.getQueryData(["/me"])) {
    const { signedIn } = await cache.fetchQuery({ ...welcomeQuery, staleTime: 0 });
    if (!signedIn) return null;
  }
  return get<Me>("/me").catch(nobody);
}

/** Not being signed in is an answer, not a failure. */
function nobody(error: unknown): null {
  if (error instanceof ApiError && error.status === 401) return null;
  throw error;
}

function SignedIn({ me, history }: { me: Me; history?: AppHistory }) {
  const [socket] = useState(() => new LiveSocket());
  const [outbox] = useState(() => new Outbox(openStore()));
  const [place] = useState(() => history ?? browserHistory());
  useEffect(() => () => outbox.end(), [outbox]);
  return (
    <ApiProvider me={me} socket={socket} outbox={outbox}>
      <Routes
        routes={routes}
        history={place}
        shell={(screen) => <Shell>{screen}</Shell>}
        notFound={<NotFoundScreen />}
        failed={(failure, again) => <ViewFailure error={failure} onAgain={again} />}
      />
    </ApiProvider>
  );
}
