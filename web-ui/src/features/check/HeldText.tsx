/** One piece of held work: who, what, when, where, why; its words as plain text. */
import { Hourglass } from "lucide-react";
import type { HeldRow } from "../../api/types.ts";
import { PersonCircle } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";
import { useTrailText } from "./trail-text.ts";

export function HeldText({ row, withSpace }: { row: HeldRow; withSpace?: boolean }) {
  const { t, shown, sentenceWhen } = useText();
  const trail = useTrailText();
  // Alone on a screen, or below the title of a tab.
  const Heading = withSpace ? "h2" : "h3";
  const when = sentenceWhen(row.toMs);
  // The first words of a message stand below anyway.
  const named = row.title && row.kind !== "message" && row.kind !== "comment";
  const what = row.decision
    ? trail.action(row.decision)
    : t(named ? "held-what" : "held-what-untitled", { kind: row.kind, title: row.title });
  const reason = t("held-why", {
    why: row.why,
    by: row.by?.name ?? "",
    when: row.byMs === null ? "" : sentenceWhen(row.byMs),
    site: row.site.name,
  });
  return (
    <article className={styles.held}>
      <div className={styles.by}>
        <PersonCircle id={row.person.id} name={row.person.name} size={44} />
        <div>
          <Heading className={styles.name}>{shown(what)}</Heading>
          <p className="meta">
            {shown(t("held-by", { person: row.person.name, when, site: row.site.name }))}
            {withSpace && ` · ${shown(row.spaceName)}`}
            {row.words !== null && row.words > 0 && (
              <>
                {" · "}
                {t("held-words", { count: row.words })}
              </>
            )}
          </p>
        </div>
      </div>
      {row.text ? (
        <blockquote className={styles.text} dir="auto">
          {row.text}
        </blockquote>
      ) : (
        !row.decision && <p className="meta">{t("held-unreadable")}</p>
      )}
      <p className={styles.why}>
        <Hourglass aria-hidden="true" size={20} strokeWidth={1.9} />
        {shown(reason)}
      </p>
      {row.decision && <p className="meta">{t("held-decision-again")}</p>}
      {row.note && <p className="meta">{shown(t("held-note", { note: row.note }))}</p>}
      {row.aside && <p className="meta">{shown(t("held-aside-by", { by: row.aside.name }))}</p>}
    </article>
  );
}
