/** «Espaces»: the list of spaces as a strip of land, with its filters and a find field. */

import { Plus, Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useMe, useView } from "../../api/context.tsx";
import type { SpaceKind, SpaceList, SpaceRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { FurrowSample, rowLink, Strip, StripRow } from "../../land/Field.tsx";
import { Button, ButtonLink } from "../../parts/Button.tsx";
import { KeptAt } from "../../parts/SavingState.tsx";
import { EmptyState, Loading, UnreadPill } from "../../parts/small.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { Link } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./SpacesScreen.module.css";

const filters = ["mine", "all", "unread"] as const;
type Filter = (typeof filters)[number];
export const kinds: readonly SpaceKind[] = ["project", "team", "practice", "sandbox"];

export default function SpacesScreen() {
  const { t } = useText();
  const me = useMe();
  const [filter, setFilter] = useState<Filter>("mine");
  const [find, setFind] = useState("");
  const asked = useDeferredValue(find.trim());
  const view = useView<SpaceList>(`/spaces?filter=${filter}&q=${encodeURIComponent(asked)}`);
  const counts = useView<SpaceList>("/spaces?filter=mine&q=").data?.counts;
  return (
    <Screen
      title={t("spaces-title")}
      action={
        me.rights.openSpaces && (
          <ButtonLink to="/espaces/ouvrir" variant="primary" icon={Plus} widePhone>
            {t("spaces-open")}
          </ButtonLink>
        )
      }
    >
      <div className={styles.tools}>
        <div className={styles.find}>
          <TextField
            label={t("spaces-find")}
            labelHidden
            placeholder={t("spaces-find")}
            icon={Search}
            type="search"
            value={find}
            onChange={(event) => setFind(event.target.value)}
          />
        </div>
        {filters.map((name) => (
          <Button key={name} chosen={filter === name} onClick={() => setFilter(name)}>
            {t(`spaces-filter-${name}`, { count: counts?.[name] ?? 0 })}
          </Button>
        ))}
      </div>
      <p className={`meta ${styles.kinds}`}>
        <span>{t("spaces-furrows")}</span>
        {kinds.map((kind) => (
          <span key={kind}>
            <FurrowSample kind={kind} />
            {t("space-kind", { kind })}
          </span>
        ))}
      </p>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.data && <SpaceStrip rows={view.data.rows} searching={asked !== ""} />}
    </Screen>
  );
}

function SpaceStrip({ rows, searching }: { rows: SpaceRow[]; searching: boolean }) {
  const { t, shown } = useText();
  if (rows.length === 0) {
    const why = searching ? "spaces-empty-search" : "spaces-empty";
    return <EmptyState title={t(why)} text={t(`${why}-why`)} />;
  }
  return (
    <div className={styles.strip}>
      <div className={`meta ${styles.head}`} aria-hidden="true">
        <span>{t("spaces-column-space")}</span>
        <span>{t("spaces-column-territory")}</span>
        <span>{t("spaces-column-change")}</span>
        <span>{t("spaces-column-kept")}</span>
      </div>
      <Strip label={t("spaces-title")}>
        {rows.map((space, index) => (
          <StripRow
            key={space.id}
            look={space}
            index={index}
            last={index === rows.length - 1}
            className={styles.row}
          >
            <div>
              <p className={styles.name} data-unread={space.unread > 0 ? "" : undefined}>
                <Link to={`/espaces/${space.id}`} className={rowLink}>
                  {shown(space.name)}
                </Link>
                <UnreadPill count={space.unread} />
              </p>
              <p className="meta">
                {t("space-people", {
                  kind: space.kind,
                  people: space.people,
                  guests: space.guests,
                })}
                {space.closed && ` · ${t("space-closed-word")}`}
              </p>
            </div>
            <p className="meta">{shown(space.territory)}</p>
            <LastChange space={space} />
            <SpaceKept space={space} />
          </StripRow>
        ))}
      </Strip>
    </div>
  );
}

function LastChange({ space }: { space: SpaceRow }) {
  const { t, dayWhen } = useText();
  const values = { when: dayWhen(space.last?.atMs ?? space.changedMs) };
  const { kind = "none", verb = "none" } = space.last ?? {};
  return <p className="meta">{t("last-change", { ...values, kind, verb })}</p>;
}

/** Calm words: which site's news is late, or where the space is kept. */
function SpaceKept({ space }: { space: SpaceRow }) {
  const { t, shown, dayWhen } = useText();
  const late = space.lateSites[0];
  if (late) {
    const text =
      late.lastNewsMs === null
        ? t("state-never-heard", { site: late.name })
        : t("space-late-site", { site: late.name, when: dayWhen(late.lastNewsMs) });
    return <KeptAt filled={2} text={shown(text)} />;
  }
  if (space.kept.state === "everywhere")
    return <KeptAt filled={3} text={t("space-kept-everywhere")} />;
  const [, ...others] = space.kept.sites;
  return others.length > 0 ? (
    <KeptAt filled={2} text={t("space-kept-some", { sites: others.join(", ") })} />
  ) : (
    <KeptAt filled={1} text={t("space-kept-here")} />
  );
}
