/** Who is signed in at this browser. The one place that knows how a session begins and ends. */
import { createContext, useContext } from "react";
import type { Me } from "../api/types.ts";

export type Session = {
  signedIn: (me: Me) => void;
  signOut: () => Promise<void>;
  /** The site ended it. */
  ended: () => Promise<void>;
  changed: (me: Me) => void;
};

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession needs the App above it");
  return session;
}
