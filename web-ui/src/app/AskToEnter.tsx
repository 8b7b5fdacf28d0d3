/** What somebody sees of a space that one enters by asking: what it is for, and the question. */
import { type FormEvent, useState } from "react";
import type { SpaceDetail } from "../api/types.ts";
import { Button } from "../parts/Button.tsx";
import { EmptyState, Notice } from "../parts/small.tsx";
import { TextArea } from "../parts/TextField.tsx";
import { useAttempt } from "../shell/attempt.ts";
import talk from "../shell/Talk.module.css";
import { useText } from "../text/context.tsx";

export function AskToEnter({ detail }: { detail: SpaceDetail }) {
  const { t, shown, sentenceWhen } = useText();
  const attempt = useAttempt();
  const [reason, setReason] = useState("");
  const { row, asked, canAsk } = detail;
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const text = reason.trim();
    if (!text) return;
    void attempt(
      { feature: "space", do: "askToEnter", space: row.id, reason: text },
      t("ask-sent"),
    ).then((answer) => answer && setReason(""));
  };
  return (
    <section aria-label={t("ask-title")} style={{ maxWidth: 620, display: "grid", gap: 16 }}>
      {row.description && <p className="lead">{shown(row.description)}</p>}
      {asked && (
        <Notice>
          <p>
            {t(asked.declined ? "ask-declined" : "ask-waits", { when: sentenceWhen(asked.atMs) })}
          </p>
          <p className="meta">{shown(asked.reason)}</p>
        </Notice>
      )}
      {!asked && !canAsk && <EmptyState title={t("ask-closed")} text={t("ask-closed-why")} />}
      {canAsk && (
        <form className={talk.write} onSubmit={ask}>
          <TextArea
            label={t("ask-reason")}
            help={t("ask-reason-help")}
            value={reason}
            rows={3}
            maxLength={200}
            onChange={(event) => setReason(event.target.value)}
          />
          <div>
            <Button type="submit" variant="primary" widePhone disabled={!reason.trim()}>
              {t("ask-do")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
