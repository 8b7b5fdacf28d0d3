/** The space of the address, and what this person may do in it. */

import { useView } from "../api/context.tsx";
import type { ItemRow, Role, SpaceDetail } from "../api/types.ts";
import { useParams } from "./routing.tsx";

export function useSpaceId(): string {
  const { space = "" } = useParams();
  return space;
}

/** Inside a tab the layout has already loaded it, so it is there on the first render. */
export const useSpaceDetail = (): SpaceDetail | undefined =>
  useView<SpaceDetail>(`/spaces/${useSpaceId()}`).data;

const ranks: readonly Role[] = ["viewer", "commenter", "contributor", "manager"];

/** Only what to offer: the site decides again, for every command. */
export const atLeast = (role: Role | null, least: Role): boolean =>
  role !== null && ranks.indexOf(role) >= ranks.indexOf(least);

/** The same for what only an open space takes. */
export const mayWrite = (detail: SpaceDetail | undefined, least: Role): boolean =>
  detail !== undefined && detail.closed === null && atLeast(detail.me, least);

/** Where an item is read. */
export function itemAddress(item: Pick<ItemRow, "id" | "space" | "kind">): string {
  switch (item.kind) {
    case "page":
      return `/espaces/${item.space}/pages/${item.id}`;
    case "channel":
      return `/messages/${item.id}`;
    case "post":
      return `/espaces/${item.space}/mur#${item.id}`;
    default:
      return `/espaces/${item.space}`;
  }
}
