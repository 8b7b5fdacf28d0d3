/** Something to be handed over, once: shown whole, with a button that copies it. */
import { Copy } from "lucide-react";
import { useRef } from "react";
import { Button } from "../../parts/Button.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Guests.module.css";

type Props = { label: string; text: string };

export function CopyLine({ label, text }: Props) {
  const { t } = useText();
  const toast = useToast();
  const shown = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: t("copied", { what: label }) });
    } catch {
      // An office's site may be reached without TLS: the browser then keeps its clipboard closed.
      const selection = getSelection();
      if (shown.current) selection?.selectAllChildren(shown.current);
      toast({ text: t("copy-by-hand") });
    }
  };
  return (
    <div className={styles.handed}>
      <p className="strong">{label}</p>
      <code ref={shown} className={styles.code}>
        {text}
      </code>
      <Button icon={Copy} aria-label={t("copy-this", { what: label })} onClick={() => void copy()}>
        {t("copy")}
      </Button>
    </div>
  );
}
