/** «Mur»: the posts of a space, newest first, with comments and thanks. */

import { MessageSquareText, PackageMinus, Pencil, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useMe, useRun, useView, useWaiting } from "../../api/context.tsx";
import type { Waiting } from "../../api/store.ts";
import type { ItemDetail, ItemRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { SavingState } from "../../parts/SavingState.tsx";
import { EmptyState, Loading, PersonCircle, SectionHeading } from "../../parts/small.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { Comments, ThanksButton } from "../../shell/Comments.tsx";
import { EraseButton } from "../../shell/Erase.tsx";
import { useItems } from "../../shell/items.ts";
import { keptAs, textOf, WaitingLine } from "../../shell/Line.tsx";
import { PutAside } from "../../shell/PutAside.tsx";
import { useLocation } from "../../shell/routing.tsx";
import { mayWrite, useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { usePersonText } from "../../text/names.ts";
import { PostDialog } from "./PostDialog.tsx";
import styles from "./Wall.module.css";

export default function WallTab() {
  const { t } = useText();
  const detail = useSpaceDetail();
  const space = detail?.row.id ?? "";
  const attempt = useAttempt();
  const waiting = useWaiting().filter(
    ({ command }) =>
      command.feature === "post" && command.do === "create" && command.space === space,
  );
  const [writing, setWriting] = useState(false);
  const view = useItems(space, "post");
  const rows = view.data?.pages.flatMap((page) => page.rows) ?? [];
  const canWrite = mayWrite(detail, "contributor");
  const canComment = mayWrite(detail, "commenter");
  return (
    <div className={styles.wall}>
      <SectionHeading title={t("tab-wall")}>
        {canWrite && (
          <Button variant="primary" icon={Plus} onClick={() => setWriting(true)}>
            {t("post-new")}
          </Button>
        )}
      </SectionHeading>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.isSuccess && rows.length + waiting.length === 0 && (
        <EmptyState
          title={t("wall-empty")}
          text={t(canWrite ? "wall-empty-why" : "wall-empty-reader")}
        />
      )}
      {waiting.map((each) => (
        <WaitingLine key={each.id} waiting={each} text={postText(each)} />
      ))}
      {rows.map((row) => (
        <Post
          key={row.id}
          row={row}
          canComment={canComment}
          manages={mayWrite(detail, "manager")}
        />
      ))}
      {view.hasNextPage && (
        <Button onClick={() => void view.fetchNextPage()}>{t("show-more")}</Button>
      )}
      {writing && (
        <PostDialog
          title={t("post-new")}
          onClose={() => setWriting(false)}
          onSave={(post) =>
            void attempt({ feature: "post", do: "create", space, ...post }, t("post-published"))
          }
        />
      )}
    </div>
  );
}

function postText({ command }: Waiting): string {
  return command.feature === "post" ? `${command.title}\n${command.text}` : "";
}

type PostProps = { row: ItemRow; canComment: boolean; manages: boolean };

function Post({ row, canComment, manages }: PostProps) {
  const { t, shown, sentenceWhen } = useText();
  const me = useMe();
  const run = useRun();
  const attempt = useAttempt();
  const { hash } = useLocation();
  const wanted = hash === row.id;
  const [open, setOpen] = useState(wanted);
  const [changing, setChanging] = useState(false);
  const [putting, setPutting] = useState(false);
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wanted) article.current?.scrollIntoView({ block: "start" });
  }, [wanted]);
  // A post that was on the screen is read; nothing says so to the author.
  const unread = row.mine.unread;
  useEffect(() => {
    if (!unread) return;
    const read = { feature: "readMark", do: "set", space: row.space, item: row.id } as const;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seen.disconnect();
      run({ ...read, upTo: row.order }).catch(() => undefined);
    });
    if (article.current) seen.observe(article.current);
    return () => seen.disconnect();
  }, [unread, row.space, row.id, row.order, run]);

  const name = usePersonText();
  const html = typeof row.fields.html === "string" ? row.fields.html : "";
  const titleId = `title-${row.id}`;
  return (
    <article ref={article} id={row.id} className={styles.post} aria-labelledby={titleId}>
      <div className={styles.by}>
        <PersonCircle
          id={row.author.id}
          name={row.author.name}
          self={row.author.id === me.person.id}
        />
        <div>
          <h3 id={titleId}>{shown(row.title)}</h3>
          <p className="meta">
            {t("by-when", { person: name(row.author), when: sentenceWhen(row.createdMs) })}
            {row.changedMs > row.createdMs && ` · ${t("edited")}`}
          </p>
        </div>
      </div>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: rendered and escaped by the site */}
      <div className={styles.body} dangerouslySetInnerHTML={{ __html: html }} />
      {row.author.id === me.person.id && <SavingState saving={keptAs(row)} />}
      <div className={styles.actions}>
        {canComment && <ThanksButton row={row} />}
        <Button icon={MessageSquareText} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("comments-button", { count: row.counts.comments })}
        </Button>
        {row.mine.canChange && (
          <Button
            icon={Pencil}
            onClick={() => setChanging(true)}
            aria-label={t("change-this", { title: row.title })}
          >
            {t("change")}
          </Button>
        )}
        {(manages || row.author.id === me.person.id) && <EraseButton row={row} />}
        {manages && (
          <Button
            icon={PackageMinus}
            onClick={() => setPutting(true)}
            aria-label={t("put-aside-this", { title: row.title })}
          >
            {t("put-aside")}
          </Button>
        )}
      </div>
      {open && <PostComments row={row} canComment={canComment} manages={manages} />}
      {putting && <PutAside row={row} onClose={() => setPutting(false)} />}
      {changing && (
        <PostDialog
          title={t("post-change")}
          post={{ title: row.title, text: textOf(row) }}
          onClose={() => setChanging(false)}
          onSave={(post) =>
            void attempt({ feature: "post", do: "change", space: row.space, item: row.id, ...post })
          }
        />
      )}
    </article>
  );
}

function PostComments({ row, canComment, manages }: PostProps) {
  const view = useView<ItemDetail>(`/spaces/${row.space}/items/${row.id}`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  const { comments } = view.data;
  return <Comments on={row} comments={comments} canWrite={canComment} manages={manages} />;
}
