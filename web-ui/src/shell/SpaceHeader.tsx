/**
 * The head of a space and of an item inside it. Colour, furrows and symbol are decoration; the
 * kind and who can see are written. Knows no feature: tabs are given.
 */

import { ChevronRight, Eye } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { FieldMark, type Look } from "../land/Field.tsx";
import land from "../land/Land.module.css";
import { symbolIcon } from "../land/symbols.ts";
import { Menu } from "../parts/Menu.tsx";
import small from "../parts/small.module.css";
import { useText } from "../text/context.tsx";
import { Link, useNavigate } from "./routing.tsx";
import { type Back, BackLink, ScreenTitle } from "./Screen.tsx";
import styles from "./SpaceHeader.module.css";
import { useNarrow } from "./width.ts";

export type SpaceTab = { to: string; text: string; count?: number; current: boolean };

/** The field that runs from the top of the window down to the hedge. */
function HeaderField({ look, disc }: { look: Look; disc: number }) {
  const Icon = symbolIcon(look.symbol);
  return (
    <span
      aria-hidden="true"
      className={`${styles.field} ${land.furrows}`}
      data-kind={look.kind}
      style={{ "--disc": `${disc}px` } as CSSProperties}
    >
      <span className={land.symbol}>
        <Icon size={disc > 50 ? 44 : 30} strokeWidth={1.9} />
      </span>
    </span>
  );
}

type HeaderProps = {
  look: Look;
  name: string;
  documentTitle: string;
  back: Back;
  state: ReactNode;
  audience: ReactNode;
  action?: ReactNode;
  tabs: SpaceTab[];
};

export function SpaceHeader(props: HeaderProps) {
  const { look, name, documentTitle, back, state, audience, action, tabs } = props;
  return (
    <header className={styles.header} data-colour={look.colour} data-own-header="">
      <HeaderField look={look} disc={64} />
      <div className={styles.line}>
        <BackLink {...back} />
        {state}
      </div>
      <div className={styles.title}>
        <span className={styles.mark}>
          <FieldMark look={look} size={60} />
        </span>
        <ScreenTitle documentTitle={documentTitle}>{name}</ScreenTitle>
        <div className={styles.audience}>{audience}</div>
        {action && <div className={styles.action}>{action}</div>}
      </div>
      <Tabs tabs={tabs} />
      <span className={styles.hedge} aria-hidden="true" />
    </header>
  );
}

/** How many tabs a phone shows before «Autres». */
const phoneTabs = 3;

/** On a phone the tabs beyond three go under «Autres»; the current one is always in view. */
function Tabs({ tabs }: { tabs: SpaceTab[] }) {
  const { t } = useText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const current = tabs.findIndex((tab) => tab.current);
  const first = tabs.slice(0, phoneTabs);
  const currentTab = tabs[current];
  if (currentTab && current >= phoneTabs) first[phoneTabs - 1] = currentTab;
  const inView = narrow && tabs.length > phoneTabs + 1 ? first : tabs;
  const others = tabs.filter((tab) => !inView.includes(tab));
  return (
    <nav className={styles.tabs} aria-label={t("tabs-label")}>
      <ul className={styles.tabRow}>
        {inView.map(({ to, text, count, current: here }) => (
          <li key={to}>
            <Link to={to} className={styles.tab} aria-current={here ? "page" : undefined}>
              {text}
              {count !== undefined && count > 0 && <span className={styles.count}>{count}</span>}
            </Link>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <Menu
          text={t("tabs-others")}
          className={styles.tab}
          entries={others.map(({ to, text }) => ({
            id: to,
            text,
            onSelect: () => navigate(to),
          }))}
        />
      )}
    </nav>
  );
}

type ItemHeaderProps = {
  look: Look;
  space: string;
  spaceName: string;
  within: string;
  to: string;
  state: ReactNode;
};

/** Inside an item: one line with the field, the path and the item's saving state. */
export function ItemHeader({ look, space, spaceName, within, to, state }: ItemHeaderProps) {
  const { t, shown } = useText();
  return (
    <header
      className={`${styles.header} ${styles.small}`}
      data-colour={look.colour}
      data-own-header=""
    >
      <HeaderField look={look} disc={42} />
      <div className={styles.line}>
        <nav className={styles.path} aria-label={t("path-label")}>
          <Link to={space}>{shown(spaceName)}</Link>
          <ChevronRight aria-hidden="true" size={18} strokeWidth={1.9} />
          <Link to={to}>{within}</Link>
        </nav>
        {state}
      </div>
      <span className={styles.hedge} aria-hidden="true" />
    </header>
  );
}

/** Who can see this, in one sentence, with the names one step away. */
export function Audience({ children, onNames }: { children: ReactNode; onNames?: () => void }) {
  const { t } = useText();
  return (
    <p className={small.audience}>
      <Eye aria-hidden="true" size={20} strokeWidth={1.9} />
      <span>
        {children}{" "}
        {onNames && (
          <button type="button" onClick={onNames}>
            {t("audience-names")}
          </button>
        )}
      </span>
    </p>
  );
}
