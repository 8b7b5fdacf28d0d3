/** Closing a space and opening it again: what will happen is said before, in a dialog. */
import { Lock, LockOpen } from "lucide-react";
import { useState } from "react";
import type { SpaceDetail } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Form.module.css";

export function Closing({ detail }: { detail: SpaceDetail }) {
  const { t } = useText();
  const attempt = useAttempt();
  const [asking, setAsking] = useState(false);
  const { row, closed } = detail;
  const space = row.id;
  const reopen = () => attempt({ feature: "space", do: "reopen", space }, t("space-reopened"));
  const close = () => {
    setAsking(false);
    void attempt({ feature: "space", do: "close", space }, t("space-closed-done"));
  };
  return (
    <section className={styles.form} aria-labelledby="closing">
      <h2 id="closing">{t(closed ? "reopen-title" : "close-title")}</h2>
      <p>{t(closed ? "reopen-why" : "close-why")}</p>
      <div className={styles.end}>
        {closed ? (
          <Button icon={LockOpen} widePhone onClick={() => void reopen()}>
            {t("reopen-do")}
          </Button>
        ) : (
          <Button icon={Lock} widePhone onClick={() => setAsking(true)}>
            {t("close-ask")}
          </Button>
        )}
      </div>
      {asking && (
        <Dialog
          title={t("close-dialog", { space: row.name })}
          open
          onClose={() => setAsking(false)}
        >
          <div className={styles.form}>
            <ul className={styles.facts}>
              <li>{t("close-fact-read", { count: row.people })}</li>
              <li>{t("close-fact-guests", { count: row.guests })}</li>
              <li>{t("close-fact-found")}</li>
              <li>{t("close-fact-late")}</li>
              <li>{t("close-fact-reopen")}</li>
            </ul>
            <div className={styles.end}>
              <Button variant="danger" icon={Lock} onClick={close}>
                {t("close-do")}
              </Button>
              <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            </div>
          </div>
        </Dialog>
      )}
    </section>
  );
}
