/** The two questions about width that CSS cannot answer by itself. */
import { useCallback, useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Tabs beyond three go under «Autres». */
export const useNarrow = (): boolean => useMedia("(max-width: 639.98px)");

/** The rail instead of the bottom bar: one navigation in the page, never two. */
export const useWide = (): boolean => useMedia("(min-width: 1024px)");
