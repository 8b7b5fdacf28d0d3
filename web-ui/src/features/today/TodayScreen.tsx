/** «Aujourd'hui»: what I must read, then what changed in my spaces. Only what the site says. */

import { MessagesSquare, Newspaper } from "lucide-react";
import { useState } from "react";
import { useMe, useRun, useView } from "../../api/context.tsx";
import type { Today } from "../../api/types.ts";
import { ViewFailure } from "../../app/ErrorScreen.tsx";
import { rowLink, Strip, StripRow, Swatch } from "../../land/Field.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading, SectionHeading, UnreadPill } from "../../parts/small.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useActivityText } from "../../shell/Activity.tsx";
import { NewlyDoneToMe } from "../../shell/DoneToMe.tsx";
import { Link } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { itemAddress } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { usePersonText } from "../../text/names.ts";
import { ToCheck } from "./ToCheck.tsx";
import styles from "./TodayScreen.module.css";

export default function TodayScreen() {
  const { t, today } = useText();
  const me = useMe();
  const view = useView<Today>("/today");
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <ViewFailure error={view.error} onAgain={() => void view.refetch()} />;
  const { toRead, changes, unreadMessages, toCheck, ownHeld } = view.data;
  const lead = t("today-lead", {
    name: me.person.name.split(" ")[0] ?? "",
    read: toRead.length,
    messages: unreadMessages,
  });
  return (
    <Screen title={today()} lead={lead}>
      <NewlyDoneToMe />
      <section className={styles.section} aria-labelledby="to-read">
        <SectionHeading id="to-read" title={t("today-to-read")} />
        <ToRead rows={toRead} />
      </section>
      <ToCheck toCheck={toCheck} ownHeld={ownHeld} />
      <Changes changes={changes} />
    </Screen>
  );
}

function ToRead({ rows }: { rows: Today["toRead"] }) {
  const { t, shown, sentenceWhen } = useText();
  const name = usePersonText();
  const run = useRun();
  const toast = useToast();
  // Gone at once when read; the site's answer confirms it.
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const left = rows.filter(({ item }) => !done.has(item.id));
  if (left.length === 0) {
    return <EmptyState title={t("today-read-empty")} text={t("today-read-empty-why")} />;
  }
  const markRead = (id: string, space: string, upTo: string) => {
    setDone(new Set([...done, id]));
    run({ feature: "readMark", do: "set", space, item: id, upTo }).catch((error: Error) => {
      setDone((now) => new Set([...now].filter((one) => one !== id)));
      toast({ text: error.message, problem: true });
    });
  };
  return (
    <ul>
      {left.map(({ item, space }) => {
        const Icon = item.kind === "channel" ? MessagesSquare : Newspaper;
        return (
          <li key={item.id} className={styles.read}>
            <Icon aria-hidden="true" size={22} strokeWidth={1.9} />
            <div>
              <Link to={itemAddress(item)}>{shown(item.title)}</Link>
              <p className="meta">
                <Swatch colour={space.colour} />
                {shown(space.name)}
                {" · "}
                {t("by-when", { person: name(item.author), when: sentenceWhen(item.createdMs) })}
              </p>
            </div>
            <Button
              onClick={() => markRead(item.id, item.space, item.order)}
              aria-label={t("today-i-read-this", { title: item.title })}
            >
              {t("today-i-read")}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

function Changes({ changes }: { changes: Today["changes"] }) {
  const { t, shown, shortWhen } = useText();
  const run = useRun();
  const toast = useToast();
  const activity = useActivityText();
  const [unreadOnly, setUnreadOnly] = useState(false);
  const unread = changes.reduce((sum, { space }) => sum + space.unread, 0);
  const rows = unreadOnly ? changes.filter(({ space }) => space.unread > 0) : changes;
  const markAll = () =>
    run({ feature: "readMark", do: "setAll" }).then(
      () => toast({ text: t("all-read-done") }),
      (error: Error) => toast({ text: error.message, problem: true }),
    );
  return (
    <section className={styles.section} aria-labelledby="changes">
      <SectionHeading id="changes" title={t("today-changes")}>
        {unread > 0 && (
          <>
            <Button chosen={unreadOnly} onClick={() => setUnreadOnly(!unreadOnly)}>
              {t("filter-unread", { count: unread })}
            </Button>
            <Button variant="quiet" onClick={() => void markAll()}>
              {t("mark-all-read")}
            </Button>
          </>
        )}
      </SectionHeading>
      {rows.length === 0 ? (
        <EmptyState title={t("today-changes-empty")} text={t("today-changes-empty-why")} />
      ) : (
        <div className={styles.strip}>
          <Strip label={t("today-changes")}>
            {rows.map(({ space, lines }, index) => {
              const mark = space.unread > 0 ? "" : undefined;
              return (
                <StripRow
                  key={space.id}
                  look={space}
                  index={index}
                  last={index === rows.length - 1}
                  className={styles.line}
                >
                  <p className={styles.name} data-unread={mark}>
                    <Link to={`/espaces/${space.id}`} className={rowLink}>
                      {shown(space.name)}
                    </Link>
                  </p>
                  <p className={styles.what} data-unread={mark}>
                    {lines.map(activity).join(t("list-separator"))}
                  </p>
                  <div className={styles.end}>
                    <span className={`meta ${styles.when}`}>{shortWhen(space.changedMs)}</span>
                    <span className={styles.pill}>
                      <UnreadPill count={space.unread} />
                    </span>
                  </div>
                </StripRow>
              );
            })}
          </Strip>
        </div>
      )}
    </section>
  );
}
