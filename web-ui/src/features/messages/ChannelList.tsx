/** The channels of my spaces, latest first, as a strip; used by «Messages» and by a space's tab. */

import type { ChannelRow } from "../../api/types.ts";
import { rowLink, Strip, StripRow } from "../../land/Field.tsx";
import { UnreadPill } from "../../parts/small.tsx";
import { textOf } from "../../shell/Line.tsx";
import { Link } from "../../shell/routing.tsx";
import { useText } from "../../text/context.tsx";
import { usePersonText } from "../../text/names.ts";
import styles from "./Messages.module.css";

type Props = { rows: readonly ChannelRow[]; current?: string; label: string };

export function ChannelList({ rows, current, label }: Props) {
  const { t, shown, shortWhen } = useText();
  const name = usePersonText();
  return (
    <div className={styles.strip}>
      <Strip label={label}>
        {rows.map(({ channel, space, unread, last }, index) => {
          const mark = unread > 0 ? "" : undefined;
          const here = channel.id === current;
          return (
            <StripRow
              key={channel.id}
              look={space}
              index={index}
              last={index === rows.length - 1}
              current={here}
              className={styles.row}
            >
              <p className={styles.first}>
                <span className={styles.name} data-unread={mark}>
                  <Link
                    to={`/messages/${channel.id}`}
                    className={rowLink}
                    aria-current={here ? "page" : undefined}
                  >
                    {shown(channel.title)}
                  </Link>
                </span>
                <span className="meta">{last && shortWhen(last.createdMs)}</span>
              </p>
              <p className="meta">{shown(space.name)}</p>
              {last && (
                <p className={styles.last} data-unread={mark}>
                  {last.fields.withdrawn === true
                    ? t("message-withdrawn")
                    : t("channel-last", {
                        person: name({
                          ...last.author,
                          name: last.author.name.split(" ")[0] ?? "",
                        }),
                        text: shown(textOf(last)),
                      })}
                </p>
              )}
              <UnreadPill count={unread} />
            </StripRow>
          );
        })}
      </Strip>
    </div>
  );
}
