/**
 * What was just done, in words, with «Annuler» when it can be undone. Spoken politely; stays while
 * the pointer or the focus is on it. Everything said here can be found elsewhere later.
 */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useText } from "../text/context.tsx";
import styles from "./Toast.module.css";

/** Long enough to read two lines and reach the button with a keyboard. */
const shownFor = 10_000;
/** More at once hide the page on a phone; the oldest goes. */
const mostShown = 3;

export type ToastMessage = { text: string; undo?: () => void; problem?: boolean };
type Shown = ToastMessage & { id: number };

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined);

/** Gives the function that shows a toast. */
export const useToast = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [list, setList] = useState<Shown[]>([]);
  const next = useRef(0);
  const remove = useCallback(
    (id: number) => setList((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  );
  const show = useCallback((message: ToastMessage) => {
    const id = next.current++;
    setList((shown) => [...shown, { ...message, id }].slice(-mostShown));
  }, []);
  const stack = useMemo(
    () => list.map((toast) => <ToastLine key={toast.id} toast={toast} onGone={remove} />),
    [list, remove],
  );
  return (
    <ToastContext value={show}>
      {children}
      <div role="status" aria-live="polite" className={styles.stack}>
        {stack}
      </div>
    </ToastContext>
  );
}

function ToastLine({ toast, onGone }: { toast: Shown; onGone: (id: number) => void }) {
  const { t } = useText();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onGone(toast.id), shownFor);
    return () => clearTimeout(timer);
  }, [held, toast.id, onGone]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: holding is a courtesy, nothing to act on
    <div
      className={styles.toast}
      data-problem={toast.problem ? "" : undefined}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          onClick={() => {
            toast.undo?.();
            onGone(toast.id);
          }}
        >
          {t("toast-undo")}
        </button>
      )}
    </div>
  );
}
