/**
 * A page being written: ten named buttons, the text with everyone's carets, and where it is kept.
 * The editor itself is a chunk of its own (engine.ts); reading a page loads neither.
 */
import { Check } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { randomId } from "../../api/client.ts";
import { useApi, useLine } from "../../api/context.tsx";
import { openUnsaved } from "../../api/store.ts";
import type { ItemRow, PersonRef, Presence } from "../../api/types.ts";
import type { AutomergeBackend } from "../../editor/automerge-loader.ts";
import type { EditorHandle, EditorLabels } from "../../editor/index.ts";
import { Button } from "../../parts/Button.tsx";
import { SavingState } from "../../parts/SavingState.tsx";
import { Loading, Notice, personPair } from "../../parts/small.tsx";
import { TextArea } from "../../parts/TextField.tsx";
import { keptAs } from "../../shell/Line.tsx";
import { useDocumentTitle } from "../../shell/Screen.tsx";
import { useWide } from "../../shell/width.ts";
import { useText } from "../../text/context.tsx";
import { usePersonText } from "../../text/names.ts";
import { AlsoWriting } from "./AlsoWriting.tsx";
import styles from "./Pages.module.css";
import { PageSession, type SessionState } from "./session.ts";
import { type CheckLink, Toolbar } from "./Toolbar.tsx";

/**
 * A change is confirmed by the site within milliseconds; only one that takes longer is said, so
 * that the state does not flicker with every key.
 */
const confirmedWithinMs = 400;
/** Carets move with every key; others need to see them, not each step. */
const presenceEveryMs = 100;

type Props = {
  row: ItemRow;
  header: (state: ReactNode) => ReactNode;
  audience: ReactNode;
  comments: ReactNode;
  onDone: () => void;
};

export default function PageEditor({ row, header, audience, comments, onDone }: Props) {
  const { t } = useText();
  const line = useLine();
  const title = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const { handle, checkLink, state, rescued, failed, durable } = useEditing(row, title, body);
  useDocumentTitle(row.title);
  const slow = useSlow(state.unsaved > 0);
  const saving = slow ? ({ state: durable ? "device" : "sending" } as const) : keptAs(row);
  const kept = <SavingState saving={saving} />;
  const wide = useWide();
  const done = (
    <Button variant="primary" icon={Check} widePhone onClick={onDone}>
      {t("page-done")}
    </Button>
  );
  return (
    <>
      <div className={styles.writingHead}>{header(wide && kept)}</div>
      {!wide && <div className={styles.writingState}>{kept}</div>}
      {/* The title below is a field; the screen keeps its heading for those who jump by headings. */}
      <h1 className="hidden-text">{row.title}</h1>
      <div className={`${styles.screen} ${styles.writing}`}>
        <div className={styles.text}>
          <div className={styles.top}>
            {audience}
            {!wide && done}
          </div>
          {handle && <Toolbar handle={handle} checkLink={checkLink} />}
          {line === "cut" && <Notice>{t("page-waiting-line")}</Notice>}
          {failed && (
            <Notice problem>
              <strong>{t("page-editor-failed")}</strong> {t("page-editor-failed-why")}
            </Notice>
          )}
          {rescued && (
            <Notice problem>
              {rescued.why && <p>{rescued.why}</p>}
              <TextArea label={t("page-refused")} readOnly rows={6} value={rescued.text} />
            </Notice>
          )}
          {!handle && !failed && <Loading />}
          <div ref={title} className={styles.editorTitle} />
          <AlsoWriting people={peopleOf(state.people)} />
          <div ref={body} className={styles.editorBody} />
        </div>
        <aside className={styles.margin} aria-label={t("page-margin")}>
          <div className={styles.marginHead}>
            <h2>{t("page-margin")}</h2>
            {wide && done}
          </div>
          {comments}
        </aside>
      </div>
    </>
  );
}

/** One line per person, however many tabs. */
function peopleOf(people: readonly Presence[]): PersonRef[] {
  return [...new Map(people.map(({ person }) => [person.id, person])).values()];
}

/** True once it has been true for a while. */
function useSlow(now: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!now) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), confirmedWithinMs);
    return () => clearTimeout(timer);
  }, [now]);
  return slow;
}

type Host = React.RefObject<HTMLDivElement | null>;
/** Words that the site did not take, and its sentence about it if it said one. */
type Rescued = { text: string; why: string };
const quiet: SessionState = { unsaved: 0, people: [] };

/** The session and the editor of one page, as long as the part is on the screen. */
function useEditing({ space, id: item }: ItemRow, title: Host, body: Host) {
  const { me, socket } = useApi();
  const texts = useText();
  const labels = useMemo(() => labelsOf(texts.t), [texts.t]);
  const firstLabels = useRef(labels);
  const [handle, setHandle] = useState<EditorHandle | null>(null);
  const [state, setState] = useState(quiet);
  const [checkLink, setCheckLink] = useState<CheckLink>(() => () => null);
  const [rescued, setRescued] = useState<Rescued | null>(null);
  const [failed, setFailed] = useState(false);
  const [durable, setDurable] = useState(true);
  const person = me.person.id;

  useEffect(() => {
    let ended = false;
    let session: PageSession | null = null;
    let editor: EditorHandle | null = null;
    const close = () => {
      editor?.destroy();
      editor = null;
      session?.attach(null);
      setHandle(null);
    };
    const open = async (saved: Uint8Array, actor: string) => {
      close();
      const host = body.current;
      if (!host || !session) return;
      const line = session;
      const tell = throttled((cursor: { anchor: string; head: string } | null) =>
        line.here(cursor?.anchor ?? null, cursor?.head ?? null),
      );
      const { openDocument, openEditor, safeHref } = await import("./engine.ts");
      const opened = await openEditor(host, {
        saved,
        actor,
        editable: true,
        labels: firstLabels.current,
        titleHost: title.current ?? undefined,
        onChanges: (changes) => line.send(changes),
        onSelection: tell,
      });
      if (ended || line !== session) return opened.destroy();
      editor = opened;
      line.attach({
        applyRemote: (changes) => opened.applyRemote(changes),
        reconcile: (whole) => reconcile(opened, openDocument(whole, randomId())),
      });
      setCheckLink(() => safeHref);
      setHandle(opened);
      opened.focus();
    };
    void openUnsaved().then((store) => {
      if (ended) return;
      setDurable(store.durable);
      session = new PageSession({ person, space, item }, socket, store, {
        onOpen: (saved, actor) => void open(saved, actor).catch(() => setFailed(true)),
        onRefused: (why) => {
          const text = body.current?.innerText ?? "";
          setRescued(text === "" ? null : { text, why });
        },
        onState: setState,
      });
      void session.start();
    });
    return () => {
      ended = true;
      session?.end();
      close();
    };
  }, [person, space, item, socket, title, body]);

  usePresence(handle, state.people, person);
  return { handle, checkLink, state, rescued, failed, durable };
}

/** Everyone else's carets, by name and site. */
function usePresence(handle: EditorHandle | null, people: readonly Presence[], self: string) {
  const { t } = useText();
  const named = usePersonText();
  const show = useCallback(() => {
    handle?.setPresence(
      people.flatMap(({ id, person, anchor, head }) =>
        anchor === null || head === null || person.id === self
          ? []
          : [
              {
                id,
                anchor,
                head,
                name: t("person-at", {
                  name: named({ ...person, name: person.name.split(" ")[0] ?? person.name }),
                  site: person.site,
                }),
                color: personPair(person.id),
              },
            ],
      ),
    );
  }, [handle, people, self, t, named]);
  useEffect(show, [show]);
}

/**
 * Brings editor and site together: takes what the site has, answers what it lacks. `theirs` is only
 * read from; its actor never writes.
 */
function reconcile(editor: EditorHandle, theirs: AutomergeBackend): Uint8Array[] {
  editor.applyRemote(theirs.getChanges([]));
  editor.flush();
  const missing = editor.changesSince(theirs.getHeads());
  theirs.free();
  return missing;
}

function labelsOf(t: (key: string, values?: Record<string, string>) => string): EditorLabels {
  return {
    body: t("editor-body"),
    title: t("page-title"),
    bodyPlaceholder: t("editor-body-placeholder"),
    titlePlaceholder: t("editor-title-placeholder"),
    leaveHint: t("editor-leave-hint"),
    todo: (text) => t("editor-todo", { text }),
    unknownBlock: t("editor-unknown-block"),
  };
}

/** The last call of every interval, and the first at once. */
function throttled<Argument>(act: (argument: Argument) => void): (argument: Argument) => void {
  let waiting: { argument: Argument } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    timer = undefined;
    if (!waiting) return;
    const { argument } = waiting;
    waiting = null;
    act(argument);
    timer = setTimeout(run, presenceEveryMs);
  };
  return (argument) => {
    waiting = { argument };
    if (timer === undefined) run();
  };
}
