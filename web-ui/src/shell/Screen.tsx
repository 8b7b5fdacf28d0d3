/**
 * What every screen begins with: the line of place (way back, saving state), the h1 that takes the
 * focus on a change of screen, and the document's title.
 */

import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "../text/context.tsx";
import { Link, useLocation } from "./routing.tsx";
import styles from "./Shell.module.css";
import { SiteState } from "./SiteState.tsx";

/** The path that was shown last: only a change of it moves the focus, never the first load. */
let shownPath: string | null = null;

/** For tests: as if the page had just been loaded. */
export const forgetShownPath = () => {
  shownPath = null;
};

/** Sets the document's title as long as the part is shown. */
export function useDocumentTitle(title: string): void {
  const { t } = useText();
  useEffect(() => {
    document.title = title ? t("document-title", { title }) : "Bocage";
  }, [title, t]);
}

type TitleProps = { children: string; documentTitle?: string; className?: string };

/** The h1. Screen readers start there after a change of screen. */
export function ScreenTitle({ children, documentTitle, className }: TitleProps) {
  const { shown } = useText();
  const { pathname } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(documentTitle ?? children);
  useEffect(() => {
    if (shownPath !== null && shownPath !== pathname)
      heading.current?.focus({ preventScroll: true });
    shownPath = pathname;
  }, [pathname]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {shown(children)}
    </h1>
  );
}

export type Back = { to: string; text: string };

export function BackLink({ to, text }: Back) {
  return (
    <Link to={to} className={styles.back}>
      <ArrowLeft aria-hidden="true" size={22} strokeWidth={1.9} />
      {text}
    </Link>
  );
}

type ScreenProps = {
  title: string;
  back?: Back;
  /** Takes the place of the site's own state: the state of the item shown. */
  state?: ReactNode;
  /** At the end of the title's line: one main button. */
  action?: ReactNode;
  lead?: ReactNode;
  children: ReactNode;
};

/** A screen without a space header. */
export function Screen({ title, back, state, action, lead, children }: ScreenProps) {
  return (
    <div className={styles.page}>
      <div className={styles.place}>
        {back && <BackLink {...back} />}
        <div className={styles.state}>{state ?? <SiteState />}</div>
      </div>
      <div className={styles.head}>
        <div>
          <ScreenTitle>{title}</ScreenTitle>
          {lead && <p className="lead">{lead}</p>}
        </div>
        {action}
      </div>
      {children}
    </div>
  );
}
