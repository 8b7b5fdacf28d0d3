/** A manager puts aside what somebody said: with a reason, for the other managers. */
import { type FormEvent, useState } from "react";
import type { ItemRow } from "../api/types.ts";
import { Button } from "../parts/Button.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { TextArea } from "../parts/TextField.tsx";
import { useText } from "../text/context.tsx";
import { useAttempt } from "./attempt.ts";
import styles from "./Talk.module.css";

type Props = { row: ItemRow; onClose: () => void; onDone?: () => void };

export function PutAside({ row, onClose, onDone }: Props) {
  const { t, shown } = useText();
  const attempt = useAttempt();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!reason.trim()) return;
    onClose();
    const { space, id: item } = row;
    void attempt(
      { feature: "space", do: "quarantine", space, item, reason: reason.trim() },
      t("put-aside-done"),
    ).then((answer) => answer && onDone?.());
  };
  return (
    <Dialog title={t("put-aside-title")} open onClose={onClose}>
      <form className={styles.write} onSubmit={submit}>
        <p>{shown(t("put-aside-why", { person: row.author.name, title: row.title }))}</p>
        <TextArea
          label={t("put-aside-reason")}
          help={t("put-aside-reason-help")}
          value={reason}
          rows={2}
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
        />
        <div>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="danger" disabled={!reason.trim()}>
            {t("put-aside")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
