/** «Copies»: what was copied into this space, from where, and what has changed there since. */
import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useRun, useView } from "../../api/context.tsx";
import type { CopyList, CopyRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading, Notice } from "../../parts/small.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { Link } from "../../shell/routing.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Guests.module.css";

type Props = { space: string; onDone: () => void };

export function Copies({ space, onDone }: Props) {
  const { t } = useText();
  const view = useView<CopyList>(`/spaces/${space}/copies`);
  return (
    <div className={styles.steps}>
      <div className={styles.back}>
        <Button variant="quiet" icon={ArrowLeft} onClick={onDone}>
          {t("invite-leave")}
        </Button>
      </div>
      <h2>{t("copies-title")}</h2>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.data &&
        (view.data.rows.length === 0 ? (
          <EmptyState title={t("copies-none")} text={t("copies-none-why")} />
        ) : (
          <CopyRows space={space} rows={view.data.rows} />
        ))}
    </div>
  );
}

function CopyRows({ space, rows }: { space: string; rows: readonly CopyRow[] }) {
  const { t } = useText();
  const run = useRun();
  const cache = useQueryClient();
  const toast = useToast();
  const changed = rows.filter(({ state }) => state === "changed");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const chosen = changed.filter(({ item }) => !left.has(item));
  const toggle = (item: string) => {
    const next = new Set(left);
    if (!next.delete(item)) next.add(item);
    setLeft(next);
  };
  const update = async () => {
    setProblem(null);
    setSending(true);
    try {
      const items = chosen.map(({ item }) => item);
      await run({ feature: "space", do: "updateCopies", space, items });
      toast({ text: t("copies-updated", { count: items.length }) });
    } catch (error) {
      setProblem((error as Error).message);
    }
    setSending(false);
    void cache.invalidateQueries({ queryKey: [`/spaces/${space}/copies`] });
  };
  return (
    <>
      <p className="meta">{t("copies-lead")}</p>
      <ul>
        {rows.map((row) => (
          <li key={row.item} className={styles.copy}>
            <Row space={space} row={row} chosen={!left.has(row.item)} onToggle={toggle} />
          </li>
        ))}
      </ul>
      {problem && <Notice problem>{problem}</Notice>}
      {changed.length > 0 && (
        <div className={styles.end}>
          <Button
            variant="primary"
            icon={RefreshCw}
            widePhone
            disabled={sending || chosen.length === 0}
            onClick={() => void update()}
          >
            {t("copies-update", { count: chosen.length })}
          </Button>
          {sending && <span className="meta">{t("saving-sending")}</span>}
        </div>
      )}
    </>
  );
}

type RowProps = {
  space: string;
  row: CopyRow;
  chosen: boolean;
  onToggle: (item: string) => void;
};

function Row({ space, row, chosen, onToggle }: RowProps) {
  const { t, shown, sentenceWhen } = useText();
  const { item, kind, title, by, atMs, writtenHere, state, original } = row;
  const facts = (
    <span className={styles.facts}>
      <span className="meta">
        {t("item-kind", { kind })}
        {" · "}
        {t("copy-made", { name: by.name, when: sentenceWhen(atMs) })}
      </span>
      {original && (
        <span className="meta">
          {t("copy-from", { space: shown(original.spaceName), title: shown(original.title) })}
        </span>
      )}
      <span className={state === "changed" ? styles.toCheck : "meta"}>
        {t(`copy-${state}`, {
          name: original?.changedBy.name ?? "",
          when: original ? sentenceWhen(original.changedMs) : "",
        })}
      </span>
      {writtenHere && <span className="meta">{t("copy-written-here")}</span>}
    </span>
  );
  if (state !== "changed") {
    const path = kind === "page" ? `/espaces/${space}/pages/${item}` : `/espaces/${space}/mur`;
    return (
      <>
        <p className={styles.name}>
          <Link to={path}>{shown(title)}</Link>
        </p>
        {facts}
      </>
    );
  }
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={chosen} onChange={() => onToggle(item)} />
      <span>
        {shown(title)}
        {facts}
      </span>
    </label>
  );
}
