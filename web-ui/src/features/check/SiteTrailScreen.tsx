/** The trail of the realm, for technicians: sites, and rights that reach beyond one space. */
import { useMe } from "../../api/context.tsx";
import { EmptyState } from "../../parts/small.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";
import { Trail } from "./Trail.tsx";

export default function SiteTrailScreen() {
  const { t } = useText();
  const me = useMe();
  return (
    <Screen title={t("site-trail-title")} lead={t("site-trail-lead")}>
      {me.rights.technician ? (
        <section className={styles.tab} aria-label={t("site-trail-title")}>
          <Trail path="/site/audit" />
        </section>
      ) : (
        <EmptyState title={t("site-trail-technicians")} text={t("site-trail-technicians-why")} />
      )}
    </Screen>
  );
}
