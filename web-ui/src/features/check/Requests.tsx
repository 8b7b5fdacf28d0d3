/** People who ask to enter: their reason, and a yes or a no. */
import type { EntryRequestRow } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { PersonCircle } from "../../parts/small.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";

type Props = { space: string; rows: readonly EntryRequestRow[]; onDone: () => void };

export function Requests({ space, rows, onDone }: Props) {
  const { t, shown, sentenceWhen } = useText();
  const attempt = useAttempt();
  const answer = async ({ id, person }: EntryRequestRow, accept: boolean) => {
    const said = t(accept ? "request-accepted" : "request-declined", { name: person.name });
    const command = { feature: "space", do: "answerRequest", space, request: id, accept } as const;
    if (await attempt(command, said)) onDone();
  };
  return (
    <ul aria-label={t("requests-title")}>
      {rows.map((row) => (
        <li key={row.id} className={styles.row}>
          <div className={styles.what}>
            <div className={styles.by}>
              <PersonCircle id={row.person.id} name={row.person.name} size={44} />
              <div>
                <h3 className={styles.name}>{t("request-what", { name: row.person.name })}</h3>
                <p className="meta">
                  {[row.person.job, row.person.site].filter(Boolean).join(", ")}
                  {" · "}
                  {sentenceWhen(row.atMs)}
                </p>
              </div>
            </div>
            <blockquote className={styles.text} dir="auto">
              {shown(row.reason)}
            </blockquote>
            <div className={styles.buttons}>
              <Button
                variant="primary"
                aria-label={t("request-accept-this", { name: row.person.name })}
                onClick={() => void answer(row, true)}
              >
                {t("request-accept")}
              </Button>
              <Button
                aria-label={t("request-decline-this", { name: row.person.name })}
                onClick={() => void answer(row, false)}
              >
                {t("request-decline")}
              </Button>
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
