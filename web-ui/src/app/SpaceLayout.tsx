/** A space's header with its tabs, above whichever tab is open. Tabs come from the registry. */

import type { ReactNode } from "react";
import { useRun, useView, useWatch } from "../api/context.tsx";
import type { SpaceDetail } from "../api/types.ts";
import type { Feature } from "../features/feature.ts";
import { features } from "../features/index.ts";
import { Button } from "../parts/Button.tsx";
import { Loading, Notice } from "../parts/small.tsx";
import { useToast } from "../parts/Toast.tsx";
import { Link, Navigate, useLocation, useNavigate, useParams } from "../shell/routing.tsx";
import styles from "../shell/Shell.module.css";
import { SiteState } from "../shell/SiteState.tsx";
import { Audience, SpaceHeader } from "../shell/SpaceHeader.tsx";
import { Text, useText } from "../text/context.tsx";
import { AskToEnter } from "./AskToEnter.tsx";
import { ViewFailure } from "./ErrorScreen.tsx";

type Tab = NonNullable<Feature["tab"]>;

/** Of a space that one enters by asking, others see the name and what it is for. */
const isOutside = ({ me, row }: SpaceDetail) => me === null && row.visibility === "request";

function tabsOf(detail: SpaceDetail): Tab[] {
  if (isOutside(detail)) return [];
  return features
    .flatMap((feature) => (feature.tab ? [feature.tab] : []))
    .filter(({ section, managers, shown }) => {
      if (managers && detail.me !== "manager") return false;
      if (shown && !shown(detail)) return false;
      return !section || detail.sections.includes(section);
    });
}

export function SpaceLayout({ children }: { children: ReactNode }) {
  const { space = "" } = useParams();
  const detail = useView<SpaceDetail>(`/spaces/${space}`);
  if (detail.isPending) return <Loading />;
  if (detail.isLoadingError) {
    return <ViewFailure error={detail.error} onAgain={() => void detail.refetch()} />;
  }
  return (
    <OpenSpace key={space} detail={detail.data}>
      {children}
    </OpenSpace>
  );
}

function OpenSpace({ detail, children }: { detail: SpaceDetail; children: ReactNode }) {
  const { t, shown, sentenceWhen } = useText();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const { row } = detail;
  useWatch(`space:${row.id}`);
  const base = `/espaces/${row.id}`;
  const tabs = tabsOf(detail).map(({ path, text, count }) => ({
    to: `${base}/${path}`,
    text: t(text),
    count: count?.(detail),
    current: pathname.startsWith(`${base}/${path}`),
  }));
  const current = tabs.find((tab) => tab.current);
  return (
    <>
      <SpaceHeader
        look={row}
        name={row.name}
        documentTitle={
          current ? t("title-in-space", { tab: current.text, space: row.name }) : row.name
        }
        back={{ to: "/espaces", text: t("spaces-title") }}
        state={<SiteState />}
        audience={
          <Audience onNames={isOutside(detail) ? undefined : () => navigate(`${base}/membres`)}>
            <Text
              id="space-audience"
              values={{
                kind: row.kind,
                visibility: row.visibility,
                people: row.people,
                guests: row.guests,
              }}
            />
          </Audience>
        }
        action={detail.canJoin ? <JoinButton space={row.id} /> : undefined}
        tabs={tabs}
      />
      <div className={styles.inSpace}>
        <div className={styles.notices}>
          {detail.rightsAgeMs !== null && (
            <Notice>
              {shown(
                t("space-rights-age", { when: sentenceWhen(Date.now() - detail.rightsAgeMs) }),
              )}
            </Notice>
          )}
          {detail.closed && (
            <Notice>
              {shown(
                t("space-closed", {
                  by: detail.closed.by.name,
                  when: sentenceWhen(detail.closed.atMs),
                }),
              )}
            </Notice>
          )}
          {/* A manager finds her own work under «À vérifier». */}
          {detail.ownHeld > 0 && detail.me !== "manager" && (
            <Notice>
              {t("space-own-held", { count: detail.ownHeld })}{" "}
              <Link to="/a-valider">{t("space-own-held-see")}</Link>
            </Notice>
          )}
        </div>
        {isOutside(detail) ? <AskToEnter detail={detail} /> : children}
      </div>
    </>
  );
}

function JoinButton({ space }: { space: string }) {
  const { t } = useText();
  const run = useRun();
  const toast = useToast();
  const join = () =>
    run({ feature: "space", do: "join", space }).then(
      () => toast({ text: t("space-joined") }),
      (error: Error) => toast({ text: error.message, problem: true }),
    );
  return (
    <Button variant="primary" widePhone onClick={() => void join()}>
      {t("space-join")}
    </Button>
  );
}

/** The address of a space alone opens its first tab. */
export function SpaceIndex() {
  const { space = "" } = useParams();
  const detail = useView<SpaceDetail>(`/spaces/${space}`);
  const first = detail.data && tabsOf(detail.data)[0];
  return first ? <Navigate to={`/espaces/${space}/${first.path}`} /> : null;
}
