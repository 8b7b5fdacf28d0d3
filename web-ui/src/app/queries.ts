/** How views are asked: the site is near, so always ask, and keep showing what was there. */
import { QueryClient } from "@tanstack/react-query";
import { isFinal } from "../api/context.tsx";

/** The live line says when a view changed; this only covers a tab that slept. */
const freshForMs = 30_000;

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // The site may answer while the device believes it is offline, and the worker always may.
        networkMode: "always",
        staleTime: freshForMs,
        retry: (count, error) => !isFinal(error) && count < 2,
      },
    },
  });
