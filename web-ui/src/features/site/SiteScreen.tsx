/** The page of a site for its technician: what is current, what is late, what waits. */
import { useView, useWatch } from "../../api/context.tsx";
import type { SiteStatus } from "../../api/types.ts";
import { ViewFailure } from "../../app/ErrorScreen.tsx";
import { type PlanSite, SitePlan } from "../../land/SitePlan.tsx";
import { LateSite } from "../../parts/SavingState.tsx";
import { Loading, Notice, SectionHeading } from "../../parts/small.tsx";
import { Link } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { Text, useText } from "../../text/context.tsx";
import styles from "./Site.module.css";
import { useSizeText } from "./sizes.ts";

type Other = SiteStatus["sites"][number];

/** A clock further off than this is said: entries carry times that people read. */
const clockSkewSaidMs = 60_000;

export default function SiteScreen() {
  const { t, shown } = useText();
  useWatch("site");
  const view = useView<SiteStatus>("/site");
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <ViewFailure error={view.error} onAgain={() => void view.refetch()} />;
  const status = view.data;
  const late = status.sites.filter((other) => other.lateSinceMs !== null);
  return (
    <Screen
      title={t("site-title", { site: status.site.name })}
      lead={
        <Text
          id={status.ok ? "site-lead-well" : "site-lead-problem"}
          values={{ count: late.length, site: shown(late[0]?.site.name ?? "") }}
        />
      }
    >
      <div className={styles.grid}>
        <section aria-label={t("site-neighbours")}>
          <Plan status={status} />
          <SectionHeading title={t("site-others")} />
          <Others sites={status.sites} />
        </section>
        <section>
          <Histories status={status} />
          <Waiting status={status} />
          <RealmFacts status={status} />
          <Machine status={status} />
          <p>
            <Link to="/site/journal">{t("site-trail-link")}</Link>
          </p>
          <p>
            <Link to="/site/effacements">{t("site-erasures-link")}</Link>
          </p>
        </section>
      </div>
    </Screen>
  );
}

function Plan({ status }: { status: SiteStatus }) {
  const { t, shortWhen } = useText();
  const word = (other: Other) => {
    if (other.lastNewsMs === null) return t("plan-never");
    const when = shortWhen(other.lastNewsMs);
    return t(other.lateSinceMs === null ? "plan-current" : "plan-late", { when });
  };
  const { id, name } = status.site;
  const sites: PlanSite[] = [
    { id, name, word: t("plan-here"), state: "here" },
    ...status.sites.map((other) => ({
      id: other.site.id,
      name: other.site.name,
      word: word(other),
      state: other.lateSinceMs === null ? ("current" as const) : ("late" as const),
    })),
  ];
  return <SitePlan sites={sites} />;
}

function Others({ sites }: { sites: Other[] }) {
  const { t } = useText();
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {["site", "news", "to-send", "common"].map((column) => (
            <th key={column} scope="col">
              {t(`site-column-${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sites.map((other) => (
          <tr key={other.site.id}>
            <th scope="row">
              {other.site.name}
              {other.clockSkewMs !== null && Math.abs(other.clockSkewMs) > clockSkewSaidMs && (
                <>
                  <br />
                  <LateSite
                    text={t("site-clock", {
                      minutes: Math.round(Math.abs(other.clockSkewMs) / 60_000),
                    })}
                  />
                </>
              )}
            </th>
            <td>
              <News other={other} />
            </td>
            <td data-label={t("site-column-to-send")}>
              {t("site-to-send", { count: other.toSend })}
            </td>
            <td data-label={t("site-column-common")}>
              {t("site-common", { count: other.spaces })}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function News({ other }: { other: Other }) {
  const { t, shortWhen } = useText();
  if (other.lastNewsMs === null) return t("plan-never");
  if (other.lateSinceMs === null) return shortWhen(other.lastNewsMs);
  return <LateSite text={t("site-news-late", { when: shortWhen(other.lastNewsMs) })} />;
}

/** A site that wrote two histories, and one that came back from a backup: alarms, not stops. */
function Histories({ status }: { status: SiteStatus }) {
  const { t, shown, shortWhen } = useText();
  const { withoutManager, unfollowed, frozen, damaged, twice } = status;
  const lost = status.recovery?.lost ?? [];
  const oneKey = status.recovery?.keys.length === 1;
  const alarms =
    status.forks.length +
    withoutManager.length +
    unfollowed.length +
    frozen.length +
    damaged.length +
    lost.length +
    twice.length;
  const quiet = alarms === 0 && !oneKey;
  if (quiet && !status.site.restored) return null;
  return (
    <div className={styles.notices}>
      {status.site.restored && <Notice>{t("site-restored")}</Notice>}
      {twice.map(({ site, runs }) => (
        <Notice key={site.id} problem>
          {t("site-twice", {
            site: shown(site.name),
            places: runs
              .map(({ address, sinceMs }) =>
                t("site-twice-place", { address: address ?? "?", when: shortWhen(sinceMs) }),
              )
              .join(", "),
          })}
        </Notice>
      ))}
      {unfollowed.map((space, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two spaces may have one name
        <Notice key={place}>{t("site-unfollowed", { space: shown(space) })}</Notice>
      ))}
      {withoutManager.map((space) => (
        <Notice key={space} problem>
          {t("site-without-manager", { space: shown(space) })}
        </Notice>
      ))}
      {oneKey && <Notice>{t("site-recovery-one")}</Notice>}
      {lost.map(({ version, keptBy, lostBy }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one version may have lost several
        <Notice key={`${version} ${place}`} problem>
          {t("site-lost-rekey", { kept: keptBy.join(", "), lost: lostBy.join(", ") })}
        </Notice>
      ))}
      {frozen.map(({ item, title, space }) => (
        <Notice key={item} problem>
          {t("site-frozen", { title: shown(title), space: shown(space) })}
        </Notice>
      ))}
      {damaged.map(({ space, site, entries, asked }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two spaces may have one name
        <Notice key={place} problem>
          {t(asked.length > 0 ? "site-damaged" : "site-damaged-alone", {
            count: entries,
            site: shown(site.name),
            space: shown(space),
            asked: shown(asked.map(({ name }) => name).join(", ")),
          })}
        </Notice>
      ))}
      {status.forks.map(({ site, space, held }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one space may have several of one site
        <Notice key={place} problem={held}>
          {t(held ? "site-fork-held" : "site-fork-adopted", {
            site: shown(site.name),
            space: shown(space),
          })}
        </Notice>
      ))}
    </div>
  );
}

function Waiting({ status }: { status: SiteStatus }) {
  const { t } = useText();
  const total = status.waiting.reduce((sum, row) => sum + row.items, 0);
  return (
    <>
      <SectionHeading title={t("site-waiting", { count: total })} />
      {total === 0 && <p className={`meta ${styles.fact}`}>{t("site-waiting-none")}</p>}
      <ul>
        {status.waiting.map((row) => (
          <li key={row.name} className={styles.fact}>
            <p className="strong">{t("site-waiting-for", { count: row.items, space: row.name })}</p>
            <p className="meta">{t("site-waiting-why")}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Who decides in the realm, and which sites are no longer in it. */
function RealmFacts({ status }: { status: SiteStatus }) {
  const { t, shown, sentenceWhen } = useText();
  const { recovery, territories, registrars, removed } = status;
  if (recovery === null) return null;
  const facts = [
    territories.length === 0
      ? t("site-territories-none")
      : t("site-territories", { names: territories.map(shown).join(", ") }),
    ...registrars.map(({ name, site, territory }) =>
      t("site-registrar", {
        name: shown(name),
        site: shown(site),
        territory: territory === null ? "all" : shown(territory),
      }),
    ),
    ...registrars
      .filter(({ renew }) => renew)
      .map(({ name }) => t("site-registrar-renew", { name: shown(name) })),
    ...(registrars.length === 0 ? [t("site-registrars-none")] : []),
    ...removed.map(({ site, own }) =>
      t("site-removed", { site: shown(site.name), own: String(own) }),
    ),
    t("site-recovery", { threshold: recovery.threshold, keys: recovery.keys.length }),
    recovery.drilledMs === null
      ? t("site-drill-never")
      : t("site-drill", { when: sentenceWhen(recovery.drilledMs) }),
  ];
  return (
    <>
      <SectionHeading title={t("site-realm")} />
      <ul>
        {facts.map((fact) => (
          <li key={fact} className={styles.fact}>
            {fact}
          </li>
        ))}
      </ul>
    </>
  );
}

/** By reason. The exchange with other sites keeps its own count of some: they are one fact. */
function refusals({ refused }: SiteStatus): [reason: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { reason, count } of refused) {
    const plain = reason.replace(/^net-/, "");
    counts.set(plain, Math.max(count, counts.get(plain) ?? 0));
  }
  return [...counts];
}

function Machine({ status }: { status: SiteStatus }) {
  const { t, shown, sinceWhen } = useText();
  const size = useSizeText();
  const { disk, site } = status;
  const facts = [
    t("site-disk", { free: size(disk.freeBytes), total: size(disk.totalBytes) }),
    t("site-data", { data: size(disk.dataBytes), memory: size(status.memoryBytes) }),
    t("site-holds", { spaces: status.spaces, items: status.items }),
    t("site-encrypted", { state: String(status.encryptedDisk) }),
    t("site-version", { version: site.version, when: sinceWhen(site.startedMs) }),
    t("site-address", { address: site.webAddress }),
    ...(site.contact === null ? [] : [t("site-contact", { contact: shown(site.contact) })]),
  ];
  return (
    <>
      <SectionHeading title={t("site-machine")} />
      <ul>
        {facts.map((fact) => (
          <li key={fact} className={styles.fact}>
            {fact}
          </li>
        ))}
      </ul>
      {status.refused.length > 0 && (
        <>
          <SectionHeading title={t("site-refused")} />
          <ul>
            {refusals(status).map(([reason, count]) => (
              <li key={reason} className={styles.fact}>
                {t("site-refused-line", { reason, count })}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
