/**
 * The small parts that stand on every screen: pill, person, section heading, empty state, notice,
 * and what is shown while something loads. Each is a few lines; none knows the site's interface.
 */
import { Info, TriangleAlert } from "lucide-react";
import { type CSSProperties, type ReactNode, useEffect, useState } from "react";
import { useText } from "../text/context.tsx";
import styles from "./small.module.css";

/** «3 non lus»: the number and the word, nothing when there are none. */
export function UnreadPill({ count }: { count: number }) {
  const { t } = useText();
  if (count === 0) return null;
  return <span className={styles.pill}>{t("unread-count", { count })}</span>;
}

const personColours = ["loire", "ajonc", "haie", "bruyere", "pommier", "brique", "sarrasin"];

/** A person keeps one pair of colours everywhere: it comes from the id, not from the order shown. */
export function personColour(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return personColours[sum % personColours.length] ?? "loire";
}

/** The same pair as values, for what draws by itself (the carets in a page). */
export function personPair(id: string): { field: string; strong: string } {
  const colour = personColour(id);
  return { field: `var(--${colour}-field)`, strong: `var(--${colour}-strong)` };
}

const letters = new Intl.Segmenter("fr", { granularity: "grapheme" });

/** The first letters of the first two words: «Claire Le Goff» is CL, «Karim Benali» KB. */
export function initials(name: string): string {
  return name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...letters.segment(word)][0]?.segment ?? "")
    .join("")
    .toLocaleUpperCase();
}

type PersonProps = { id: string; name: string; size?: number; self?: boolean };

/** The circle with initials; the name is always written beside it, so it is hidden from readers. */
export function PersonCircle({ id, name, size = 40, self }: PersonProps) {
  return (
    <span
      aria-hidden="true"
      className={styles.person}
      data-colour={personColour(id)}
      data-self={self ? "" : undefined}
      style={{ "--size": `${size}px` } as CSSProperties}
    >
      {initials(name)}
    </span>
  );
}

type SectionProps = { title: string; id?: string; children?: ReactNode };

/** A section's h2, with its buttons at the end of the line. */
export function SectionHeading({ title, id, children }: SectionProps) {
  return (
    <div className={styles.section}>
      <h2 id={id}>{title}</h2>
      {children && <div>{children}</div>}
    </div>
  );
}

type EmptyProps = { title: string; text: string; children?: ReactNode };

/** One bold sentence, one muted one, at most one button. */
export function EmptyState({ title, text, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <p className="strong">{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** An info band (no network) or a problem: what happened, and what to do. */
export function Notice({ problem, children }: { problem?: boolean; children: ReactNode }) {
  const Icon = problem ? TriangleAlert : Info;
  return (
    <div
      className={styles.notice}
      data-problem={problem ? "" : undefined}
      role={problem ? "alert" : "status"}
    >
      <Icon aria-hidden="true" size={22} strokeWidth={1.9} />
      <div>{children}</div>
    </div>
  );
}

/** A site nearby answers faster than this: until then the old screen stays and nothing flickers. */
const calmWait = 400;

/** Nothing at first, then one plain line. Never a skeleton, never a thing that turns. */
export function Loading() {
  const { t } = useText();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), calmWait);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="meta">
      {late ? t("loading") : ""}
    </p>
  );
}
