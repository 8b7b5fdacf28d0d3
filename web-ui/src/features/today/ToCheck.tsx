/** What waits for me as a manager, and what of mine waits for one. */
import { ShieldQuestion } from "lucide-react";
import type { Today } from "../../api/types.ts";
import { Swatch } from "../../land/Field.tsx";
import { SectionHeading } from "../../parts/small.tsx";
import { Link } from "../../shell/routing.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./TodayScreen.module.css";

export function ToCheck({ toCheck, ownHeld }: Pick<Today, "toCheck" | "ownHeld">) {
  const { t, shown } = useText();
  if (toCheck.length === 0 && ownHeld === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="to-check">
      <SectionHeading id="to-check" title={t("today-to-check")} />
      <ul>
        {toCheck.map(({ space, count }) => (
          <li key={space.id} className={styles.read}>
            <ShieldQuestion aria-hidden="true" size={22} strokeWidth={1.9} />
            <div>
              <Link to={`/espaces/${space.id}/a-verifier`}>{t("today-check", { count })}</Link>
              <p className="meta">
                <Swatch colour={space.colour} />
                {shown(space.name)}
              </p>
            </div>
          </li>
        ))}
        {ownHeld > 0 && (
          <li className={styles.read}>
            <ShieldQuestion aria-hidden="true" size={22} strokeWidth={1.9} />
            <div>
              <Link to="/a-valider">{t("today-own-held", { count: ownHeld })}</Link>
              <p className="meta">{t("today-own-held-why")}</p>
            </div>
          </li>
        )}
      </ul>
    </section>
  );
}
