/** Items of a space, read page by page as the site gives them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../api/client.ts";
import type { ItemPage } from "../api/types.ts";

export function useItems(space: string, kind: string) {
  const path = `/spaces/${space}/items?kind=${kind}`;
  return useInfiniteQuery({
    queryKey: [path],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      get<ItemPage>(pageParam ? `${path}&after=${encodeURIComponent(pageParam)}` : path),
    getNextPageParam: (page) => page.next,
  });
}
