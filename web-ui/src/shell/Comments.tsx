/** Comments and thanks under an item, the same for every kind of item. */
import { Heart } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { useMe, useRun, useWaiting } from "../api/context.tsx";
import type { ItemRow } from "../api/types.ts";
import { Button } from "../parts/Button.tsx";
import { TextArea } from "../parts/TextField.tsx";
import { useToast } from "../parts/Toast.tsx";
import { useText } from "../text/context.tsx";
import { notYetShown, TalkLine, WaitingLine } from "./Line.tsx";
import styles from "./Talk.module.css";

/** «Merci (12)»: counted at once, confirmed by the site's row. */
export function ThanksButton({ row }: { row: ItemRow }) {
  const { t } = useText();
  const run = useRun();
  const toast = useToast();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const thanked = wanted ?? row.mine.thanked;
  const count = row.counts.thanks + Number(thanked) - Number(row.mine.thanked);
  const press = () => {
    const next = !thanked;
    setWanted(next);
    run({ feature: "thanks", do: next ? "give" : "takeBack", space: row.space, on: row.id })
      .catch((error: Error) => toast({ text: error.message, problem: true }))
      .finally(() => setTimeout(() => setWanted(null), 1_000));
  };
  return (
    <Button icon={Heart} chosen={thanked} onClick={press}>
      {t("thanks-button", { count })}
    </Button>
  );
}

type Props = {
  on: ItemRow;
  comments: readonly ItemRow[];
  canWrite: boolean;
  /** Offers managers to put a comment aside. */
  manages?: boolean;
};

export function Comments({ on, comments, canWrite, manages }: Props) {
  const me = useMe();
  const waiting = useWaiting().filter(
    ({ command }) =>
      command.feature === "comment" && command.do === "write" && command.on === on.id,
  );
  const pending = notYetShown(waiting, comments, me.person.id);
  return (
    <div className={styles.comments}>
      <ul>
        {comments.map((row) => (
          <li key={row.id}>
            <TalkLine
              row={row}
              feature="comment"
              canThank={canWrite}
              manages={manages}
              showState={row.kept.state !== "everywhere"}
            />
          </li>
        ))}
        {pending.map((each) => (
          <li key={each.id}>
            <WaitingLine
              waiting={each}
              text={"text" in each.command ? (each.command.text ?? "") : ""}
            />
          </li>
        ))}
      </ul>
      {canWrite && <WriteComment on={on} />}
    </div>
  );
}

function WriteComment({ on }: { on: ItemRow }) {
  const { t } = useText();
  const run = useRun();
  const id = useId();
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    setText("");
    // A refused comment stays in view, with its reason: nothing to do here.
    run({ feature: "comment", do: "write", space: on.space, on: on.id, text: text.trim() }).catch(
      () => undefined,
    );
  };
  return (
    <form className={styles.write} onSubmit={submit} aria-labelledby={id}>
      <span id={id} className="hidden-text">
        {t("comment-form", { title: on.title })}
      </span>
      <TextArea
        label={t("comment-label")}
        value={text}
        rows={2}
        onChange={(event) => setText(event.target.value)}
      />
      <div>
        <Button type="submit" disabled={!text.trim()}>
          {t("comment-send")}
        </Button>
      </div>
    </form>
  );
}
