/** «Messages»: the list of channels, and beside it (on a phone: instead of it) the open thread. */

import { useState } from "react";
import { useView } from "../../api/context.tsx";
import type { ChannelRow, Rows } from "../../api/types.ts";
import { Failure, NotFoundScreen } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Loading } from "../../parts/small.tsx";
import { useParams } from "../../shell/routing.tsx";
import { ScreenTitle } from "../../shell/Screen.tsx";
import { SiteState } from "../../shell/SiteState.tsx";
import { useText } from "../../text/context.tsx";
import { ChannelList } from "./ChannelList.tsx";
import styles from "./Messages.module.css";
import { Thread } from "./Thread.tsx";

export default function MessagesScreen() {
  const { t } = useText();
  const { channel } = useParams();
  const view = useView<Rows<ChannelRow>>("/channels");
  const [unreadOnly, setUnreadOnly] = useState(false);
  const all = view.data?.rows ?? [];
  const unread = all.filter((row) => row.unread > 0);
  // The channel in view stays in the list while its messages become read.
  const rows = unreadOnly ? all.filter((row) => row.unread > 0 || row.channel.id === channel) : all;
  const open = channel ? all.find((row) => row.channel.id === channel) : undefined;
  if (channel && view.isSuccess && !open) return <NotFoundScreen />;
  return (
    <div className={styles.screen} data-open={open ? "" : undefined}>
      <section className={styles.list} aria-label={t("messages-list")}>
        {!open && (
          <div className={styles.state}>
            <SiteState />
          </div>
        )}
        {open ? (
          <h2 className={styles.listTitle}>{t("messages-title")}</h2>
        ) : (
          <ScreenTitle>{t("messages-title")}</ScreenTitle>
        )}
        <div className={styles.filters}>
          <Button chosen={!unreadOnly} onClick={() => setUnreadOnly(false)}>
            {t("messages-all")}
          </Button>
          <Button chosen={unreadOnly} onClick={() => setUnreadOnly(true)}>
            {t("filter-unread", { count: unread.length })}
          </Button>
        </div>
        {view.isPending && <Loading />}
        {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
        {view.isSuccess && rows.length === 0 && (
          <EmptyState
            title={t(unreadOnly ? "messages-none-unread" : "messages-empty")}
            text={t(unreadOnly ? "messages-none-unread-why" : "messages-empty-why")}
          />
        )}
        {rows.length > 0 && (
          <ChannelList rows={rows} current={channel} label={t("messages-list")} />
        )}
      </section>
      {open ? (
        <Thread key={open.channel.id} row={open} />
      ) : (
        <div className={styles.none}>
          <p className="lead">{t("messages-choose")}</p>
        </div>
      )}
    </div>
  );
}
