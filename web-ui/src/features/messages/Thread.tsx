/** One channel: its messages, the line where the new ones begin, and the composer. */

import { ArrowLeft, Eye } from "lucide-react";
import { Fragment, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../../api/client.ts";
import { useLine, useMe, useRun, useView, useWaiting, useWatch } from "../../api/context.tsx";
import { mergeRows } from "../../api/patches.ts";
import type { ChannelRow, ItemRow, MessagePage } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { FieldMark } from "../../land/Field.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading, Notice } from "../../parts/small.tsx";
import { notYetShown, TalkLine, WaitingLine } from "../../shell/Line.tsx";
import { Link } from "../../shell/routing.tsx";
import { ScreenTitle } from "../../shell/Screen.tsx";
import { SiteState } from "../../shell/SiteState.tsx";
import { atLeast } from "../../shell/space.ts";
import talk from "../../shell/Talk.module.css";
import { Text, useText } from "../../text/context.tsx";
import { Composer } from "./Composer.tsx";
import styles from "./Messages.module.css";

/** Reading takes a moment: passing through a channel does not make it read. */
const readAfterMs = 1_500;
/** This near the end counts as being at the end. */
const nearEndPx = 120;
/**
 * Lines drawn at most while the reader is at the end, and how many stay when more have come. The
 * rows above are kept and come back with «older»: a channel that brings thousands of messages in a
 * sitting costs no more to draw than a quiet one.
 */
const drawn = { most: 200, kept: 100, step: 50 };

export function Thread({ row }: { row: ChannelRow }) {
  const { t, shown } = useText();
  const { channel, space } = row;
  const path = `/spaces/${space.id}/channels/${channel.id}/messages`;
  const view = useView<MessagePage>(path);
  useWatch(`channel:${space.id}/${channel.id}`);
  const run = useRun();
  const line = useLine();
  const waiting = useWaiting().filter(
    ({ command }) =>
      command.feature === "message" && command.do === "send" && command.channel === channel.id,
  );
  const me = useMe();
  const { rows, loadOlder } = useOlder(path, view.data);
  const pending = notYetShown(waiting, rows, me.person.id);
  const newest = rows.at(-1)?.order;
  const markRead = useCallback(() => {
    if (newest === undefined) return;
    const read = { feature: "readMark", do: "set", space: space.id, item: channel.id } as const;
    run({ ...read, upTo: newest }).catch(() => undefined);
  }, [newest, run, space.id, channel.id]);

  return (
    <section className={styles.thread} aria-label={t("thread-of", { title: channel.title })}>
      <div className={styles.stuck}>
        <header className={styles.head} data-colour={space.colour} data-own-header="">
          <Link to="/messages" className={styles.headBack} aria-label={t("messages-back")}>
            <ArrowLeft aria-hidden="true" size={24} strokeWidth={1.9} />
          </Link>
          <span className={styles.headMark}>
            <FieldMark look={space} size={48} />
          </span>
          <div>
            <ScreenTitle
              documentTitle={t("title-in-space", { tab: channel.title, space: space.name })}
            >
              {channel.title}
            </ScreenTitle>
            <p className="meta">
              <Eye aria-hidden="true" size={18} strokeWidth={1.9} style={{ verticalAlign: -3 }} />{" "}
              <Text
                id="thread-audience"
                values={{ space: shown(space.name), people: space.people, guests: space.guests }}
              />
            </p>
          </div>
          <div className={styles.headEnd}>
            <SiteState />
            <Button onClick={markRead} disabled={row.unread === 0}>
              {t("mark-all-read")}
            </Button>
          </div>
          <span className={styles.headHedge} aria-hidden="true" />
        </header>
        {line === "cut" && (
          <Notice>
            <Text id="offline-band" values={{ count: waiting.length }} />
          </Notice>
        )}
      </div>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      <Lines
        rows={rows}
        firstUnread={view.data?.firstUnread ?? null}
        unread={row.unread}
        closed={space.closed}
        manages={!space.closed && atLeast(space.role, "manager")}
        onSeen={markRead}
        loaded={view.data !== undefined}
        older={loadOlder}
        extra={pending.map((each) => (
          <li key={each.id}>
            <WaitingLine
              waiting={each}
              text={"text" in each.command ? (each.command.text ?? "") : ""}
            />
          </li>
        ))}
      />
      {space.closed ? (
        <Notice>{t("composer-closed")}</Notice>
      ) : atLeast(space.role, "commenter") ? (
        <Composer
          channel={channel.id}
          label={t("composer-label", { channel: channel.title, space: space.name })}
          placeholder={t("composer-placeholder", { space: space.name })}
          onSend={(text) =>
            // A refused message stays in view, with its reason.
            run({
              feature: "message",
              do: "send",
              space: space.id,
              channel: channel.id,
              text,
            }).catch(() => undefined)
          }
        />
      ) : (
        <Notice>{t("composer-reader")}</Notice>
      )}
    </section>
  );
}

/** The latest page is live; older ones are read once, when asked for. */
function useOlder(path: string, latest: MessagePage | undefined) {
  const [older, setOlder] = useState<{ rows: ItemRow[]; before: string | null } | null>(null);
  const rows = useMemo(() => mergeRows(older?.rows ?? [], latest?.rows ?? []), [older, latest]);
  const before = older ? older.before : (latest?.before ?? null);
  const loadOlder =
    before === null
      ? null
      : async () => {
          const page = await get<MessagePage>(
            `${path}?before=${encodeURIComponent(before)}&limit=50`,
          );
          setOlder((now) => ({ rows: mergeRows(page.rows, now?.rows ?? []), before: page.before }));
        };
  return { rows, loadOlder };
}

/**
 * Opens the lines at their end and stays there until the reader goes up. Rows take their true height
 * only once they have been in view, and states come under them later: so the end is held, not
 * gone to once.
 */
function useEndInView(
  box: React.RefObject<HTMLDivElement | null>,
  ready: boolean,
): React.RefObject<boolean> {
  const held = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (!element || !ready) return;
    const scroller = () =>
      element.scrollHeight > element.clientHeight + 1 ? element : document.documentElement;
    const toEnd = () => {
      if (held.current) scroller().scrollTop = scroller().scrollHeight;
    };
    // Only growth moves the end away without a word; every scroll says where the reader is.
    const look = () => {
      const { scrollHeight, scrollTop, clientHeight } = scroller();
      held.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
    };
    const sizes = new ResizeObserver(toEnd);
    for (const child of element.children) sizes.observe(child);
    toEnd();
    element.addEventListener("scroll", look, { passive: true });
    addEventListener("scroll", look, { passive: true });
    // A turned device or another width: what scrolls may be another element from now on, which
    // begins at its start. Said before the scroll that follows from it.
    addEventListener("resize", toEnd);
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
      removeEventListener("scroll", look);
      removeEventListener("resize", toEnd);
    };
  }, [box, ready]);
  return held;
}

/** The rows that are drawn, always up to the newest, and how to draw older ones. */
function useDrawn(
  rows: readonly ItemRow[],
  load: (() => Promise<void>) | null,
  atEnd: React.RefObject<boolean>,
) {
  const [first, setFirst] = useState<string | null>(null);
  const place = (order: string | null) => {
    const found = order === null ? 0 : rows.findIndex((row) => row.order >= order);
    return Math.max(0, found);
  };
  let from = place(first);
  // Under a reader who has gone up nothing may move. Decided while drawing, so that a storm of new
  // rows is never drawn whole, not even once.
  if (rows.length - from > drawn.most && atEnd.current) {
    from = rows.length - drawn.kept;
    setFirst(rows[from]?.order ?? null);
  }
  const older =
    from > 0
      ? async () => setFirst(rows[Math.max(0, from - drawn.step)]?.order ?? null)
      : load &&
        (async () => {
          await load();
          setFirst(null);
        });
  return { rows: rows.slice(from), older };
}

type LinesProps = {
  rows: readonly ItemRow[];
  firstUnread: string | null;
  unread: number;
  closed: boolean;
  manages: boolean;
  loaded: boolean;
  onSeen: () => void;
  older: (() => Promise<void>) | null;
  extra: readonly React.ReactNode[];
};

function Lines(props: LinesProps) {
  const { rows: all, firstUnread, unread, closed, manages, loaded, onSeen, extra } = props;
  const load = props.older;
  const { t } = useText();
  const me = useMe();
  const box = useRef<HTMLDivElement>(null);
  // Where the new messages begin is fixed when the thread opens: the line must not move or vanish
  // under a reader because the messages have become read.
  const [begin, setBegin] = useState<{ id: string; count: number } | null>(null);
  useEffect(() => {
    if (firstUnread && unread > 0) setBegin((now) => now ?? { id: firstUnread, count: unread });
  }, [firstUnread, unread]);

  const count = all.length + extra.length;
  const atEnd = useEndInView(box, loaded && count > 0);
  const { rows, older } = useDrawn(all, load, atEnd);

  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (unread === 0 || !end.current) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = new IntersectionObserver(([entry]) => {
      clearTimeout(timer);
      if (entry?.isIntersecting && document.visibilityState === "visible") {
        timer = setTimeout(onSeen, readAfterMs);
      }
    });
    look.observe(end.current);
    return () => {
      clearTimeout(timer);
      look.disconnect();
    };
  }, [unread, onSeen]);

  const lastOwn = rows.findLast((row) => row.author.id === me.person.id)?.id;
  return (
    <div className={styles.lines} ref={box} tabIndex={-1}>
      {older && (
        <p className={styles.older}>
          <Button onClick={() => void older().catch(() => undefined)}>{t("messages-older")}</Button>
        </p>
      )}
      {loaded && count === 0 && (
        <EmptyState title={t("thread-empty")} text={t("thread-empty-why")} />
      )}
      <ol className={talk.lines} aria-live="polite" aria-relevant="additions">
        {rows.map((row) => (
          <Fragment key={row.id}>
            {begin?.id === row.id && (
              <li className={styles.newLine}>{t("new-messages", { count: begin.count })}</li>
            )}
            <li>
              <TalkLine
                row={row}
                feature="message"
                canThank={!closed}
                manages={manages}
                showState={row.id === lastOwn || row.kept.state !== "everywhere"}
              />
            </li>
          </Fragment>
        ))}
        {extra}
      </ol>
      <div ref={end} />
    </div>
  );
}
