/**
 * How parts reach the site: `useView(path)` for what is shown, `useRun()` for what is done,
 * `useLine()` and `useWaiting()` for how it stands. Live frames are written into the same cache
 * that views read, so a screen never cares whether a row came by question or by itself.
 */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { ApiError, get } from "./client.ts";
import { Coalesce } from "./coalesce.ts";
import type { Outbox } from "./outbox.ts";
import {
  applyFrames,
  applyRows,
  type KeptFrame,
  type Rows,
  staleViews,
  topicsOf,
} from "./patches.ts";
import type { LiveSocket } from "./socket.ts";
import type { Waiting } from "./store.ts";
import type { ChangedTopic, Command, CommandAnswer, Me, SiteLink, Topic } from "./types.ts";

/**
 * Lists are asked again at most this often: of hundreds of browsers at one site, each asks for a few
 * lists whenever somebody writes somewhere.
 */
const askAgainMs = 1_000;

type Api = { me: Me; socket: LiveSocket; outbox: Outbox; links: readonly SiteLink[] };

const ApiContext = createContext<Api | null>(null);

type ProviderProps = { me: Me; socket: LiveSocket; outbox: Outbox; children: ReactNode };

export function ApiProvider({ me, socket, outbox, children }: ProviderProps) {
  const cache = useQueryClient();
  const [links, setLinks] = useState<readonly SiteLink[]>([]);
  useEffect(() => {
    let greeted = false;
    const frames = new Coalesce<Rows | KeptFrame>((parts) => applyFrames(cache, parts));
    const changed = new Coalesce<readonly ChangedTopic[]>((parts) => {
      void refresh(cache, staleViews(parts.flat()));
    }, askAgainMs);
    const stop = [
      () => frames.stop(),
      () => changed.stop(),
      socket.on("rows", (frame) => frames.push(frame)),
      socket.on("kept", (frame) => frames.push(frame)),
      socket.on("changed", ({ topics }) => changed.push(topics)),
      socket.on("links", ({ sites }) => setLinks(sites)),
      // What happened while the line was cut was not told: ask again, and send what waits.
      socket.on("hello", () => {
        if (greeted) void cache.invalidateQueries();
        greeted = true;
        outbox.wake();
      }),
    ];
    const wake = () => {
      socket.wake();
      outbox.wake();
    };
    addEventListener("online", wake);
    socket.start();
    void outbox.begin(me.person.id);
    return () => {
      for (const end of stop) end();
      removeEventListener("online", wake);
      socket.stop();
    };
  }, [cache, socket, outbox, me.person.id]);
  const api = useMemo(() => ({ me, socket, outbox, links }), [me, socket, outbox, links]);
  return <ApiContext value={api}>{children}</ApiContext>;
}

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("useApi needs a signed-in person above it");
  return api;
}

export const useMe = (): Me => useApi().me;
export const useLinks = (): readonly SiteLink[] => useApi().links;

const refresh = (cache: QueryClient, matches: (path: string) => boolean) =>
  cache.invalidateQueries({ predicate: ({ queryKey }) => matches(String(queryKey[0])) });

/** A view of the site, by its path. Shown from the cache at once, asked again when it changed. */
export function useView<View>(path: string, options: { enabled?: boolean } = {}) {
  return useQuery({ queryKey: [path], queryFn: () => get<View>(path), ...options });
}

/** Listens to a topic as long as the part is on the screen. */
export function useWatch(topic: Topic): void {
  const { socket } = useApi();
  useEffect(() => socket.watch(topic), [socket, topic]);
}

/** Gives the function that runs a command and then asks again for the views it may have changed. */
export function useRun(): (command: Command) => Promise<CommandAnswer> {
  const { outbox } = useApi();
  const cache = useQueryClient();
  return useMemo(
    () => async (command) => {
      const answer = await outbox.run(command);
      // Our own message stands in its place at once, whether or not the live line is up.
      if (command.feature === "message" && command.do === "send" && answer.row) {
        const topic: Topic = `channel:${command.space}/${command.channel}`;
        applyRows(cache, { t: "rows", topic, put: [answer.row], del: [] });
      }
      void refresh(cache, staleViews(topicsOf(command)));
      return answer;
    },
    [outbox, cache],
  );
}

export function useLine() {
  const { socket } = useApi();
  return useSyncExternalStore(socket.onState, () => socket.state);
}

/** The commands of this person that the site has not answered yet, and those it refused. */
export function useWaiting(): readonly Waiting[] {
  const { outbox } = useApi();
  return useSyncExternalStore(outbox.onChange, outbox.list);
}

/** True for an answer that asking again will not change. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ApiError && error.status < 500 && error.status !== 429;
