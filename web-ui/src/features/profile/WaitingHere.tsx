/** What waits on this device, or was refused by the site: nothing of it is lost without a word. */
import { useApi, useWaiting } from "../../api/context.tsx";
import type { Waiting } from "../../api/store.ts";
import { Button } from "../../parts/Button.tsx";
import { SavingState } from "../../parts/SavingState.tsx";
import { SectionHeading } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Profile.module.css";

/** The words of a command, to recognise it by. */
function wordsOf({ command }: Waiting): string {
  if ("text" in command && command.text) return command.text;
  if ("title" in command && command.title) return command.title;
  if ("name" in command && command.name) return command.name;
  return "";
}

export function WaitingHere() {
  const { t, shown, sentenceWhen } = useText();
  const { outbox } = useApi();
  const waiting = useWaiting();
  if (waiting.length === 0) return null;
  return (
    <section>
      <SectionHeading title={t("waiting-here", { count: waiting.length })} />
      <ul>
        {waiting.map((each) => (
          <li key={each.id} className={styles.row}>
            <div>
              <p>{shown(wordsOf(each)) || t("waiting-change")}</p>
              <p className="meta">{sentenceWhen(each.atMs)}</p>
              {each.refused === undefined ? (
                <SavingState saving={{ state: outbox.durable ? "device" : "sending" }} />
              ) : (
                <SavingState saving={{ state: "problem", text: each.refused }} />
              )}
            </div>
            {each.refused !== undefined && (
              <div className={styles.actions}>
                <Button onClick={() => void outbox.again(each.id)}>{t("send-again")}</Button>
                <Button variant="danger" onClick={() => void outbox.forget(each.id)}>
                  {t("forget")}
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
