/** The one question about width that CSS cannot answer by itself: which tabs go under «Autres». */
import { useSyncExternalStore } from "react";

const query = "(max-width: 639.98px)";

function subscribe(listener: () => void): () => void {
  const list = matchMedia(query);
  list.addEventListener("change", listener);
  return () => list.removeEventListener("change", listener);
}

export const useNarrow = (): boolean =>
  useSyncExternalStore(subscribe, () => matchMedia(query).matches);
