/** A list that the site answers page by page, with a cursor. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../../api/client.ts";

type Page<Row> = { rows: Row[]; next: string | null };

/** `path` has its question mark already; the key is the path, so that live news find it. */
export function usePages<Row, Answer extends Page<Row>>(path: string) {
  return useInfiniteQuery({
    queryKey: [path, "pages"],
    queryFn: ({ pageParam }) => get<Answer>(pageParam ? `${path}&after=${pageParam}` : path),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });
}
