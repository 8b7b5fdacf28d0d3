/**
 * A page opens for reading, from the HTML that the site renders: no editor, no wasm. «Modifier»
 * brings the editor's chunk. Comments and thanks stand in the margin (on a phone: after the text).
 */

import { useQueryClient } from "@tanstack/react-query";
import { PackageMinus, Pencil } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useMe, useView, useWatch } from "../../api/context.tsx";
import type { ItemDetail, SpaceDetail } from "../../api/types.ts";
import { ViewFailure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { SavingState } from "../../parts/SavingState.tsx";
import { Loading } from "../../parts/small.tsx";
import { Comments, ThanksButton } from "../../shell/Comments.tsx";
import { EraseButton } from "../../shell/Erase.tsx";
import { keptAs } from "../../shell/Line.tsx";
import { PutAside } from "../../shell/PutAside.tsx";
import { useNavigate, useParams } from "../../shell/routing.tsx";
import { ScreenTitle } from "../../shell/Screen.tsx";
import { Audience, ItemHeader } from "../../shell/SpaceHeader.tsx";
import { mayWrite } from "../../shell/space.ts";
import { useWide } from "../../shell/width.ts";
import { Text, useText } from "../../text/context.tsx";
import { usePersonText } from "../../text/names.ts";
import { AlsoWriting } from "./AlsoWriting.tsx";
import styles from "./Pages.module.css";

/** So long may a page name somebody who has stopped writing. */
const writersAgainMs = 10_000;

const PageEditor = lazy(() => {
  // Both are needed, so both begin to come at once.
  void import("./engine.ts").catch(() => undefined);
  return import("./PageEditor.tsx");
});

export default function PageScreen() {
  const { space = "", item = "" } = useParams();
  const detail = useView<SpaceDetail>(`/spaces/${space}`);
  const page = useView<ItemDetail>(`/spaces/${space}/items/${item}`);
  const failed = detail.error ?? page.error;
  if (failed && !page.data) {
    return <ViewFailure error={failed} onAgain={() => void page.refetch()} />;
  }
  if (!detail.data || !page.data) return <Loading />;
  return <Page key={item} detail={detail.data} page={page.data} />;
}

function Page({ detail, page }: { detail: SpaceDetail; page: ItemDetail }) {
  const { t } = useText();
  useWatch(`space:${detail.row.id}`);
  const navigate = useNavigate();
  const [editing, setEditing] = useState(false);
  const cache = useQueryClient();
  const { row } = page;
  // The page that is read is the site's rendering: ask for it as it is now.
  const done = () => {
    setEditing(false);
    void cache.invalidateQueries({ queryKey: [`/spaces/${row.space}/items/${row.id}`] });
  };
  const base = `/espaces/${detail.row.id}`;
  const header = (state: React.ReactNode) => (
    <ItemHeader
      look={detail.row}
      space={base}
      spaceName={detail.row.name}
      within={t("tab-pages")}
      to={`${base}/pages`}
      state={state}
    />
  );
  const audience = (
    <Audience onNames={() => navigate(`${base}/membres`)}>
      <Text id="page-audience" values={page.visibleTo} />
    </Audience>
  );
  // Beside the text on a wide window; above it on a phone, where the margin comes after the text.
  const wide = useWide();
  const edit = page.writable && (
    <Button variant="primary" icon={Pencil} widePhone onClick={() => setEditing(true)}>
      {t("change")}
    </Button>
  );
  if (editing) {
    return (
      <Suspense fallback={<Loading />}>
        <PageEditor
          row={row}
          header={header}
          audience={audience}
          comments={
            <Comments on={row} comments={page.comments} canWrite={mayWrite(detail, "commenter")} />
          }
          onDone={done}
        />
      </Suspense>
    );
  }
  return (
    <>
      {header(<SavingState saving={keptAs(row)} />)}
      <div className={styles.screen}>
        <PageText page={page} audience={audience} edit={!wide && edit} />
        <PageMargin detail={detail} page={page} edit={wide && edit} />
      </div>
    </>
  );
}

/**
 * The live line tells who comes and goes only to those who have the page open for writing. A reader
 * hears of it with every change of the text, and asks again while somebody is said to write.
 */
function useWritersAgain({ row, editing }: ItemDetail) {
  const cache = useQueryClient();
  const path = `/spaces/${row.space}/items/${row.id}`;
  const somebody = editing.length > 0;
  useEffect(() => {
    if (!somebody) return;
    const again = () => void cache.invalidateQueries({ queryKey: [path] });
    const timer = setInterval(again, writersAgainMs);
    return () => clearInterval(timer);
  }, [cache, path, somebody]);
}

type TextProps = { page: ItemDetail; audience: React.ReactNode; edit: React.ReactNode };

function PageText({ page, audience, edit }: TextProps) {
  const { t, sentenceWhen } = useText();
  const name = usePersonText();
  const { row, html } = page;
  useWritersAgain(page);
  return (
    <article className={styles.text}>
      {audience}
      {edit && <p className={styles.edit}>{edit}</p>}
      <ScreenTitle>{row.title}</ScreenTitle>
      <p className={`meta ${styles.by}`}>
        {t("changed-by-when", { person: name(row.changedBy), when: sentenceWhen(row.changedMs) })}
      </p>
      <AlsoWriting people={page.editing} reading />
      {html ? (
        // biome-ignore lint/security/noDangerouslySetInnerHtml: rendered and escaped by the site
        <div className={styles.body} dangerouslySetInnerHTML={{ __html: html }} />
      ) : (
        <p className={`lead ${styles.body}`}>{t("page-blank")}</p>
      )}
    </article>
  );
}

type MarginProps = { detail: SpaceDetail; page: ItemDetail; edit: React.ReactNode };

function PageMargin({ detail, page, edit }: MarginProps) {
  const { t } = useText();
  const me = useMe();
  const navigate = useNavigate();
  const [putting, setPutting] = useState(false);
  const { row, comments } = page;
  const manages = mayWrite(detail, "manager");
  return (
    <aside className={styles.margin} aria-label={t("page-margin")}>
      <div className={styles.marginHead}>
        <h2>{t("page-margin")}</h2>
        {edit}
      </div>
      <Comments
        on={row}
        comments={comments}
        canWrite={mayWrite(detail, "commenter")}
        manages={manages}
      />
      {mayWrite(detail, "viewer") && (
        <p className={styles.end}>
          <ThanksButton row={row} />
          {(manages || row.author.id === me.person.id) && (
            <EraseButton row={row} onErased={() => navigate(`/espaces/${row.space}/pages`)} />
          )}
          {manages && (
            <Button icon={PackageMinus} onClick={() => setPutting(true)}>
              {t("put-aside")}
            </Button>
          )}
        </p>
      )}
      {putting && (
        <PutAside
          row={row}
          onClose={() => setPutting(false)}
          onDone={() => navigate(`/espaces/${row.space}/pages`)}
        />
      )}
    </aside>
  );
}
