/**
 * The frame: skip link, navigation (rail or bottom bar), the main region and the spoken region.
 * Four destinations and the person; knows no feature beyond their addresses.
 */

import { Layers, type LucideIcon, MessagesSquare, Search, Sun } from "lucide-react";
import { type CSSProperties, type ReactNode, useEffect, useState } from "react";
import { useLine, useLinks, useMe, useView, useWatch } from "../api/context.tsx";
import type { ChannelRow, Rows } from "../api/types.ts";
import { PersonCircle } from "../parts/small.tsx";
import { useText } from "../text/context.tsx";
import { Logo } from "./Logo.tsx";
import { Link, useLocation } from "./routing.tsx";
import styles from "./Shell.module.css";
import { useWide } from "./width.ts";

type Destination = { to: string; text: string; icon: LucideIcon };

const destinations: readonly Destination[] = [
  { to: "/aujourdhui", text: "nav-today", icon: Sun },
  { to: "/espaces", text: "nav-spaces", icon: Layers },
  { to: "/messages", text: "nav-messages", icon: MessagesSquare },
  { to: "/chercher", text: "nav-search", icon: Search },
];

const under = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

type EntryProps = { entry: Destination; current: boolean; unread: number };

function Entry({ entry, current, unread }: EntryProps) {
  const { t } = useText();
  const Icon = entry.icon;
  return (
    <Link to={entry.to} className={styles.entry} aria-current={current ? "page" : undefined}>
      <span className={styles.icon}>
        <Icon aria-hidden="true" size={25} strokeWidth={current ? 2.3 : 1.9} />
        {unread > 0 && (
          <span className={styles.badge} aria-hidden="true">
            {unread > 99 ? "99+" : unread}
          </span>
        )}
      </span>
      <span>{t(entry.text)}</span>
      {unread > 0 && <span className="hidden-text">{t("unread-count", { count: unread })}</span>}
    </Link>
  );
}

/** «Châteaubriant, à jour»: the site this person is at. */
function SiteWord() {
  const { t } = useText();
  const line = useLine();
  const late = useLinks().some((link) => !link.connected);
  if (line === "connecting") return "\u00a0";
  if (line === "cut") return t("site-no-line");
  return t(late ? "site-current-here" : "site-current");
}

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useText();
  const me = useMe();
  const { pathname } = useLocation();
  useWatch("mine");
  const channels = useView<Rows<ChannelRow>>("/channels");
  const unread = (channels.data?.rows ?? []).reduce((sum, row) => sum + row.unread, 0);
  const current = destinations.findIndex(({ to }) => under(pathname, to));
  const entries = destinations.map((entry, index) => (
    <li key={entry.to}>
      <Entry
        entry={entry}
        current={index === current}
        unread={entry.to === "/messages" ? unread : 0}
      />
    </li>
  ));
  const wide = useWide();
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        {t("skip-link")}
      </a>
      {wide ? (
        <Rail entries={entries} current={current} pathname={pathname} />
      ) : (
        <header className={styles.top}>
          <Brand size={30} />
          <Link to="/profil" className={styles.me}>
            <PersonCircle id={me.person.id} name={me.person.name} size={40} self />
            <span className="hidden-text">{t("nav-profile-of", { name: me.person.name })}</span>
          </Link>
        </header>
      )}
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      {!wide && (
        <nav className={styles.bar} aria-label={t("nav-label")}>
          <span className={styles.barHedge} aria-hidden="true" />
          <ul>{entries}</ul>
        </nav>
      )}
      <SpokenLine />
    </div>
  );
}

function Brand({ size }: { size?: number }) {
  return (
    <Link to="/aujourdhui" className={styles.brand}>
      <Logo size={size} />
      Bocage
    </Link>
  );
}

type RailProps = { entries: ReactNode; current: number; pathname: string };

function Rail({ entries, current, pathname }: RailProps) {
  const { t } = useText();
  const me = useMe();
  const firstName = me.person.name.split(" ")[0] ?? me.person.name;
  const profileCurrent = under(pathname, "/profil") ? "page" : undefined;
  return (
    <header className={styles.rail}>
      <Brand />
      <span className={styles.railHedge} aria-hidden="true" />
      <nav aria-label={t("nav-label")} className={styles.places}>
        {current >= 0 && (
          <span
            aria-hidden="true"
            className={styles.opening}
            style={{ "--entry": current } as CSSProperties}
          />
        )}
        <ul className={styles.entries}>{entries}</ul>
      </nav>
      <div className={styles.foot}>
        <SiteEntry name={me.site.name} technician={me.rights.technician} pathname={pathname} />
        <Link to="/profil" className={styles.profile} aria-current={profileCurrent}>
          <PersonCircle id={me.person.id} name={me.person.name} size={40} self />
          <span>{firstName}</span>
          <span className="hidden-text">{t("nav-profile")}</span>
        </Link>
      </div>
    </header>
  );
}

type SiteEntryProps = { name: string; technician: boolean; pathname: string };

/** A technician goes through it to the site's page; for everybody else it only says. */
function SiteEntry({ name, technician, pathname }: SiteEntryProps) {
  const words = (
    <>
      <strong>{name}</strong>
      <span>
        <SiteWord />
      </span>
    </>
  );
  if (!technician) return <p className={styles.site}>{words}</p>;
  return (
    <Link
      to="/site"
      className={styles.site}
      aria-current={under(pathname, "/site") ? "page" : undefined}
    >
      {words}
    </Link>
  );
}

/** Says aloud when the line to the site is cut and when it is back. */
function SpokenLine() {
  const { t } = useText();
  const line = useLine();
  const [said, setSaid] = useState("");
  const [wasCut, setWasCut] = useState(false);
  useEffect(() => {
    if (line === "cut") setWasCut(true);
    if (line === "cut") setSaid(t("spoken-line-cut"));
    else if (line === "open" && wasCut) setSaid(t("spoken-line-back"));
  }, [line, wasCut, t]);
  return (
    <div role="status" aria-live="polite" className="hidden-text">
      {said}
    </div>
  );
}
