/**
 * A space as a field: colour, furrows for its kind, and its symbol, never one alone.
 * Only drawing: the name and the kind are written by whoever uses these parts.
 */
import type { CSSProperties, ReactNode } from "react";
import { rowShape } from "./edges.ts";
import styles from "./Land.module.css";
import { symbolIcon } from "./symbols.ts";

export type Look = { colour: string; symbol: string; kind: string };

/** A list of spaces (or of things in spaces): its left edge is a strip of land. */
export function Strip({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <ul className={styles.strip} aria-label={label}>
      {children}
    </ul>
  );
}

type RowProps = {
  look: Look;
  index: number;
  last: boolean;
  current?: boolean;
  className?: string;
  children: ReactNode;
};

/** Row `index` of a strip; the last one also draws the hedge that closes the land. */
export function StripRow({ look, index, last, current, className, children }: RowProps) {
  const Icon = symbolIcon(look.symbol);
  return (
    <li
      className={styles.row}
      style={rowShape(index)}
      data-colour={look.colour}
      data-current={current ? "" : undefined}
    >
      <span className={styles.land} aria-hidden="true">
        <span className={`${styles.field} ${styles.furrows}`} data-kind={look.kind} />
        <span className={`${styles.hedge} ${styles.hedgeTop}`} />
        {last && <span className={`${styles.hedge} ${styles.hedgeBottom}`} />}
        <span className={styles.symbol}>
          <Icon size={25} strokeWidth={1.9} />
        </span>
      </span>
      <div className={className ? `${styles.content} ${className}` : styles.content}>
        {children}
      </div>
    </li>
  );
}

/** The class that makes the link of a row cover the whole row. */
export const rowLink = styles.link ?? "";

/** One field by itself, 44 to 84 px. */
export function FieldMark({ look, size = 44 }: { look: Look; size?: number }) {
  const Icon = symbolIcon(look.symbol);
  const shape = { "--mark": `${size}px`, "--disc": `${Math.round(size * 0.64)}px` };
  return (
    <span
      aria-hidden="true"
      className={`${styles.mark} ${styles.furrows}`}
      data-colour={look.colour}
      data-kind={look.kind}
      style={shape as CSSProperties}
    >
      <span className={styles.symbol}>
        <Icon size={Math.round(size * 0.5)} strokeWidth={1.9} />
      </span>
    </span>
  );
}

/** The small field that stands before a space's name in a meta line. */
export function Swatch({ colour }: { colour: string }) {
  return <span aria-hidden="true" className={styles.swatch} data-colour={colour} />;
}

/** The furrow of a kind alone, for the line that explains them. */
export function FurrowSample({ kind }: { kind: string }) {
  return (
    <span
      aria-hidden="true"
      className={`${styles.sample} ${styles.furrows}`}
      data-colour="ardoise"
      data-kind={kind}
      style={{ background: "var(--field)" }}
    />
  );
}
