/**
 * Live frames written into cached views: pure work on rows, keyed by path. Lists that a frame
 * cannot complete (order, counts) are asked again instead of being guessed.
 */
import type { QueryClient } from "@tanstack/react-query";
import type {
  ChangedTopic,
  Command,
  FrameIn,
  ItemDetail,
  ItemPage,
  ItemRow,
  MessagePage,
} from "./types.ts";

export type Rows = Extract<FrameIn, { t: "rows" }>;
export type KeptFrame = Extract<FrameIn, { t: "kept" }>;

/** Puts rows into a list ordered by `order`: replaced where known, else in their place. */
export function mergeRows(
  list: readonly ItemRow[],
  put: readonly ItemRow[],
  del: readonly string[] = [],
): ItemRow[] {
  const byId = new Map(list.map((row) => [row.id, row]));
  for (const row of put) byId.set(row.id, row);
  for (const id of del) byId.delete(id);
  return [...byId.values()].sort((one, other) =>
    one.order < other.order ? -1 : one.order > other.order ? 1 : 0,
  );
}

/** The topics that a command of our own changes, as the site would name them. */
export function topicsOf(command: Command): ChangedTopic[] {
  const space: ChangedTopic[] =
    "space" in command && command.space ? [`space:${command.space}`] : [];
  switch (command.feature) {
    case "message":
      return ["channels"]; // The row itself comes with the answer.
    case "thanks":
      return space;
    default:
      return ["today", "spaces", "channels", ...space];
  }
}

/** Which cached paths a list of changed topics makes stale. */
export function staleViews(topics: readonly ChangedTopic[]): (path: string) => boolean {
  const starts: string[] = [];
  for (const topic of topics) {
    if (topic === "today") starts.push("/today", "/me/held");
    else if (topic === "spaces") starts.push("/spaces?", "/search", "/groups");
    else if (topic === "channels") starts.push("/channels");
    else if (topic === "site") starts.push("/site");
    else starts.push(`/spaces/${topic.slice("space:".length)}`);
  }
  return (path) => starts.some((start) => path.startsWith(start));
}

/**
 * Many frames as few: one per topic and one per space. What came later stands, also between a row
 * and what is said of where it is kept.
 */
export function gathered(frames: readonly (Rows | KeptFrame)[]): (Rows | KeptFrame)[] {
  const topics = new Map<Rows["topic"], { put: Map<string, ItemRow>; del: Set<string> }>();
  const spaces = new Map<string, Map<string, KeptFrame["rows"][number]>>();
  for (const frame of frames) {
    if (frame.t === "rows") {
      const { put, del } = topics.get(frame.topic) ?? { put: new Map(), del: new Set() };
      topics.set(frame.topic, { put, del });
      for (const row of frame.put) {
        put.set(row.id, row);
        del.delete(row.id);
        for (const kept of spaces.values()) kept.delete(row.id);
      }
      for (const id of frame.del) {
        put.delete(id);
        del.add(id);
      }
    } else {
      const kept = spaces.get(frame.space) ?? new Map();
      spaces.set(frame.space, kept);
      for (const row of frame.rows) kept.set(row.id, row);
    }
  }
  return [
    ...[...topics].map(
      ([topic, { put, del }]): Rows => ({
        t: "rows",
        topic,
        put: [...put.values()],
        del: [...del],
      }),
    ),
    ...[...spaces]
      .filter(([, rows]) => rows.size > 0)
      .map(([space, rows]): KeptFrame => ({ t: "kept", space, rows: [...rows.values()] })),
  ];
}

export function applyFrames(cache: QueryClient, frames: readonly (Rows | KeptFrame)[]): void {
  for (const frame of gathered(frames)) {
    if (frame.t === "rows") applyRows(cache, frame);
    else applyKept(cache, frame);
  }
}

export function applyRows(cache: QueryClient, frame: Rows): void {
  const [scope, place = ""] = frame.topic.split(/:(.*)/s);
  if (scope === "channel") {
    const [space, item] = place.split("/");
    const path = `/spaces/${space}/channels/${item}/messages`;
    cache.setQueryData<MessagePage>(
      [path],
      (page) => page && { ...page, rows: mergeRows(page.rows, frame.put, frame.del) },
    );
    return;
  }
  if (scope !== "space") return;
  const changed = new Map(frame.put.map((row) => [row.id, row]));
  for (const [key, view] of cache.getQueriesData({
    predicate: ({ queryKey }) => String(queryKey[0]).startsWith(`/spaces/${place}/items`),
  })) {
    if (view) cache.setQueryData(key, patchItems(view as ItemView, changed));
  }
  // New rows, gone rows and counts: the site knows the order of each list. One item's own view (its
  // whole text) is asked again only when it, or what belongs to it, is among the changed.
  const concerned = new Set([...frame.del, ...frame.put.flatMap(({ id, parent }) => [id, parent])]);
  void cache.invalidateQueries({
    predicate: ({ queryKey, state }) =>
      String(queryKey[0]).startsWith(`/spaces/${place}/items`) &&
      concerns(state.data as ItemView | undefined, concerned),
  });
}

function concerns(view: ItemView | undefined, changed: ReadonlySet<string>): boolean {
  if (!view || !("row" in view)) return true;
  return [view.row, ...view.comments].some((row) => changed.has(row.id));
}

/** A list, a list read page by page, or one item with its comments. */
type ItemView = ItemPage | { pages: ItemPage[] } | ItemDetail;

function patchItems(view: ItemView, changed: ReadonlyMap<string, ItemRow>): ItemView {
  const latest = (row: ItemRow) => changed.get(row.id) ?? row;
  const patchPage = (page: ItemPage) => ({ ...page, rows: page.rows.map(latest) });
  if ("pages" in view) return { ...view, pages: view.pages.map(patchPage) };
  if ("rows" in view) return patchPage(view);
  return { ...view, row: latest(view.row), comments: view.comments.map(latest) };
}

export function applyKept(cache: QueryClient, frame: KeptFrame): void {
  const kept = new Map(frame.rows.map((row) => [row.id, row.kept]));
  for (const [key, view] of cache.getQueriesData({
    predicate: ({ queryKey }) => String(queryKey[0]).startsWith(`/spaces/${frame.space}/`),
  })) {
    const renewed = renewKept(view, kept);
    if (renewed !== view) cache.setQueryData(key, renewed);
  }
}

/** Replaces `kept` of item rows wherever they stand in a view; equal when nothing was concerned. */
export function renewKept(view: unknown, kept: ReadonlyMap<string, ItemRow["kept"]>): unknown {
  if (Array.isArray(view)) {
    const list = view.map((each) => renewKept(each, kept));
    return list.some((each, index) => each !== view[index]) ? list : view;
  }
  if (view === null || typeof view !== "object") return view;
  const row = view as Record<string, unknown>;
  if (typeof row.id === "string" && "order" in row) {
    const now = kept.get(row.id);
    return now ? { ...row, kept: now } : view;
  }
  let changed: Record<string, unknown> | undefined;
  for (const name of ["rows", "pages", "row", "comments"]) {
    if (!(name in row)) continue;
    const renewed = renewKept(row[name], kept);
    if (renewed !== row[name]) changed = { ...(changed ?? row), [name]: renewed };
  }
  return changed ?? view;
}
