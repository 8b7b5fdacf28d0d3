/** «Pages» of a space: by title, and a new one for those who may write. */

import { FileText, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useWaiting } from "../../api/context.tsx";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { SavingState } from "../../parts/SavingState.tsx";
import { EmptyState, Loading, SectionHeading } from "../../parts/small.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useItems } from "../../shell/items.ts";
import { Link, useNavigate } from "../../shell/routing.tsx";
import { mayWrite, useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Pages.module.css";

export default function PagesTab() {
  const { t, shown, sentenceWhen } = useText();
  const detail = useSpaceDetail();
  const space = detail?.row.id ?? "";
  const view = useItems(space, "page");
  const [adding, setAdding] = useState(false);
  const rows = view.data?.pages.flatMap((page) => page.rows) ?? [];
  const canWrite = mayWrite(detail, "contributor");
  const waiting = useWaiting().filter(
    ({ command }) =>
      command.feature === "page" && command.do === "create" && command.space === space,
  );
  return (
    <section className={styles.list}>
      <SectionHeading title={t("tab-pages")}>
        {canWrite && (
          <Button variant="primary" icon={Plus} onClick={() => setAdding(true)}>
            {t("page-new")}
          </Button>
        )}
      </SectionHeading>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.isSuccess && rows.length + waiting.length === 0 && (
        <EmptyState
          title={t("pages-empty")}
          text={t(canWrite ? "pages-empty-why" : "pages-empty-reader")}
        />
      )}
      <ul>
        {waiting.map(({ id, command }) => (
          <li key={id} className={styles.row}>
            <FileText aria-hidden="true" size={22} strokeWidth={1.9} />
            <div>
              <p>{"title" in command && command.title}</p>
              <SavingState saving={{ state: "device" }} />
            </div>
          </li>
        ))}
        {rows.map((row) => (
          <li key={row.id} className={styles.row} data-unread={row.mine.unread ? "" : undefined}>
            <FileText aria-hidden="true" size={22} strokeWidth={1.9} />
            <div>
              <Link to={`/espaces/${space}/pages/${row.id}`}>{shown(row.title)}</Link>
              <p className="meta">
                {t("changed-by-when", {
                  person: row.changedBy.name,
                  when: sentenceWhen(row.changedMs),
                })}
                {row.counts.comments > 0 &&
                  ` · ${t("comments-count", { count: row.counts.comments })}`}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {view.hasNextPage && (
        <Button onClick={() => void view.fetchNextPage()}>{t("show-more")}</Button>
      )}
      {adding && <NewPage space={space} onClose={() => setAdding(false)} />}
    </section>
  );
}

function NewPage({ space, onClose }: { space: string; onClose: () => void }) {
  const { t } = useText();
  const attempt = useAttempt();
  const navigate = useNavigate();
  const [title, setTitle] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!title.trim()) return;
    onClose();
    const answer = await attempt({ feature: "page", do: "create", space, title: title.trim() });
    if (answer?.item) navigate(`/espaces/${space}/pages/${answer.item}`);
  };
  return (
    <Dialog title={t("page-new")} open onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t("page-title")}
          value={title}
          required
          autoComplete="off"
          onChange={(event) => setTitle(event.target.value)}
        />
        <Button type="submit" variant="primary" disabled={!title.trim()}>
          {t("page-make")}
        </Button>
      </form>
    </Dialog>
  );
}
