/** «À vérifier»: what waits for the managers of a space, what they left aside, and the trail. */
import { useState } from "react";
import type { HeldPage, HeldRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading, SectionHeading } from "../../parts/small.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";
import { HeldText } from "./HeldText.tsx";
import { usePages } from "./pages.ts";
import { Requests } from "./Requests.tsx";
import { Trail } from "./Trail.tsx";

type Shown = "held" | "aside" | "trail";

export default function CheckTab() {
  const { t } = useText();
  const detail = useSpaceDetail();
  const [chosen, choose] = useState<Shown>("held");
  if (!detail) return null;
  if (detail.me !== "manager") {
    return <EmptyState title={t("check-managers")} text={t("settings-managers-why")} />;
  }
  const space = detail.row.id;
  return (
    <section className={styles.tab}>
      <SectionHeading title={t(`check-title-${chosen}`)}>
        {(["held", "aside", "trail"] as const).map((each) => (
          <Button key={each} chosen={chosen === each} onClick={() => choose(each)}>
            {t(`check-show-${each}`)}
          </Button>
        ))}
      </SectionHeading>
      {chosen === "trail" ? (
        <Trail path={`/spaces/${space}/audit`} />
      ) : (
        <Inbox key={chosen} space={space} aside={chosen === "aside"} />
      )}
    </section>
  );
}

type InboxProps = { space: string; aside: boolean };

function Inbox({ space, aside }: InboxProps) {
  const { t } = useText();
  const path = `/spaces/${space}/held?aside=${aside ? "yes" : "no"}`;
  const view = usePages<HeldRow, HeldPage>(path);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  const pages = view.data.pages;
  const rows = pages.flatMap((page) => page.rows);
  const requests = pages[0]?.requests ?? [];
  const toggle = (id: string) =>
    setMarked((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const done = (gone: readonly HeldRow[]) => {
    setMarked((now) => new Set([...now].filter((id) => gone.every((row) => row.id !== id))));
    void view.refetch();
  };
  const chosen = rows.filter((row) => marked.has(row.id));
  const props = { space, aside, onDone: done };
  return (
    <>
      {requests.length > 0 && (
        <Requests space={space} rows={requests} onDone={() => void view.refetch()} />
      )}
      {rows.length + requests.length === 0 && (
        <EmptyState
          title={t(aside ? "check-none-aside" : "check-none")}
          text={t(aside ? "check-none-aside-why" : "check-none-why")}
        />
      )}
      {rows.length > 1 && (
        <div className={styles.several}>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={chosen.length === rows.length}
              onChange={() =>
                setMarked(new Set(chosen.length === rows.length ? [] : rows.map((row) => row.id)))
              }
            />
            {t("check-all")}
          </label>
          {chosen.length > 0 && <Decide rows={chosen} several {...props} />}
        </div>
      )}
      <ul>
        {rows.map((row) => (
          <li key={row.id} className={styles.row}>
            {rows.length > 1 && (
              <input
                type="checkbox"
                className={styles.mark}
                aria-label={t("check-this", { person: row.person.name, title: row.title })}
                checked={marked.has(row.id)}
                onChange={() => toggle(row.id)}
              />
            )}
            <div className={styles.what}>
              <HeldText row={row} />
              <Decide rows={[row]} {...props} />
            </div>
          </li>
        ))}
      </ul>
      {view.hasNextPage && (
        <Button onClick={() => void view.fetchNextPage()}>{t("show-more")}</Button>
      )}
    </>
  );
}

type DecideProps = InboxProps & {
  rows: readonly HeldRow[];
  several?: boolean;
  onDone: (rows: readonly HeldRow[]) => void;
};

/** «Reprendre» and «Laisser de côté», for one row or for those that are marked. */
function Decide({ rows, several, space, aside, onDone }: DecideProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const works = rows.filter((row) => row.kind !== "rights");
  const of = several ? { count: rows.length, name: "" } : { count: 0, name: nameOf(rows[0]) };
  const readmit = async () => {
    const entries = works.flatMap((row) => row.entries);
    const answer = await attempt(
      { feature: "space", do: "readmit", space, entries },
      t("check-readmitted", { count: works.length }),
    );
    if (answer) onDone(works);
  };
  const leave = async () => {
    const entries = rows.flatMap((row) => row.entries);
    const answer = await attempt(
      { feature: "space", do: "setAside", space, entries, aside: !aside },
      t(aside ? "check-back" : "check-left", { count: rows.length }),
    );
    if (answer) onDone(rows);
  };
  const label = (text: string) => (several ? undefined : `${text}, ${of.name}`);
  const take = several ? t("check-readmit-count", { count: works.length }) : t("check-readmit");
  const put = several
    ? t(aside ? "check-bring-count" : "check-leave-count", { count: rows.length })
    : t(aside ? "check-bring" : "check-leave");
  return (
    <div className={styles.buttons}>
      {works.length > 0 && (
        <Button variant="primary" aria-label={label(take)} onClick={() => void readmit()}>
          {take}
        </Button>
      )}
      <Button aria-label={label(put)} onClick={() => void leave()}>
        {put}
      </Button>
    </div>
  );
}

const nameOf = (row: HeldRow | undefined) => (row ? row.title || row.person.name : "");
