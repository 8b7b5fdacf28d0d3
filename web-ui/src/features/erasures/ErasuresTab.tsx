/** «Effacements»: what was erased, and site by site since when it is hidden and destroyed. */
import { useView } from "../../api/context.tsx";
import type { ErasureRow, ErasureSite, Rows } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading, SectionHeading } from "../../parts/small.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Erasures.module.css";

export default function ErasuresTab() {
  const { t } = useText();
  const space = useSpaceDetail()?.row.id ?? "";
  return (
    <section className={styles.list}>
      <SectionHeading title={t("tab-erasures")} />
      <Erasures space={space} path={`/spaces/${space}/erasures`} why={t("erasures-empty-why")} />
    </section>
  );
}

type ListProps = { space: string; path: string; why: string };

export function Erasures({ space, path, why }: ListProps) {
  const { t } = useText();
  const view = useView<Rows<ErasureRow>>(path);
  const rows = view.data?.rows ?? [];
  return (
    <>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.isSuccess && rows.length === 0 && <EmptyState title={t("erasures-empty")} text={why} />}
      {rows.map((row) => (
        <Erasure key={row.id} space={space} row={row} onDone={() => void view.refetch()} />
      ))}
    </>
  );
}

type Props = { space: string; row: ErasureRow; onDone: () => void };

function Erasure({ space, row, onDone }: Props) {
  const { t, shown, sentenceWhen } = useText();
  const attempt = useAttempt();
  const heading = `erasure-${row.id}`;
  const confirm = async () => {
    const { items } = row;
    const command = { feature: "erasure", do: "erase", space, items, reason: "" } as const;
    if (await attempt(command, t("erasure-confirmed-now"))) onDone();
  };
  const undo = async () => {
    const command = { feature: "erasure", do: "undo", space, erasure: row.id } as const;
    if (await attempt(command, t("erasure-undone-now"))) onDone();
  };
  return (
    <article className={styles.erasure} aria-labelledby={heading}>
      <h3 id={heading}>{t("erasure-items", { count: row.items.length })}</h3>
      <p className="meta">
        {t("by-when", { person: row.by.name, when: sentenceWhen(row.atMs) })}
        {row.confirmed && ` · ${t("erasure-confirmed")}`}
      </p>
      {row.reason && <p className={styles.reason}>{shown(row.reason)}</p>}
      <p>
        {t(`erasure-${row.state}`, {
          when: row.dueMs === null ? "" : sentenceWhen(row.dueMs),
        })}
      </p>
      {row.state !== "undone" && <Sites sites={row.sites} />}
      {(row.canUndo || row.canConfirm) && (
        <p className={styles.actions}>
          {row.canUndo && <Button onClick={() => void undo()}>{t("erasure-undo")}</Button>}
          {row.canConfirm && (
            <Button variant="danger" onClick={() => void confirm()}>
              {t("erasure-confirm")}
            </Button>
          )}
        </p>
      )}
    </article>
  );
}

function Sites({ sites }: { sites: ErasureSite[] }) {
  const { t, sentenceWhen } = useText();
  const when = (moment: number | null) => (moment === null ? t("not-yet") : sentenceWhen(moment));
  return (
    <ul className={styles.sites} aria-label={t("erasure-sites")}>
      {sites.map(({ site, hiddenMs, destroyedMs, backupsUntilMs }) => (
        <li key={site.id}>
          <strong>{site.name}</strong>
          <dl>
            <dt>{t("erasure-hidden-at")}</dt>
            <dd>{when(hiddenMs)}</dd>
            <dt>{t("erasure-destroyed-at")}</dt>
            <dd>{when(destroyedMs)}</dd>
            <dt>{t("erasure-backups")}</dt>
            <dd>
              {backupsUntilMs === null
                ? t("erasure-backups-unknown")
                : t("erasure-backups-until", { when: sentenceWhen(backupsUntilMs) })}
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}
