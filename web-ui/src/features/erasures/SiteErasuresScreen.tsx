/** Erasures of the realm, for technicians: who deleted her account, and where her name is gone. */
import { useMe } from "../../api/context.tsx";
import { EmptyState } from "../../parts/small.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Erasures.module.css";
import { Erasures } from "./ErasuresTab.tsx";

export default function SiteErasuresScreen() {
  const { t } = useText();
  const me = useMe();
  return (
    <Screen title={t("site-erasures-title")} lead={t("site-erasures-lead")}>
      {me.rights.technician ? (
        <section className={styles.list} aria-label={t("site-erasures-title")}>
          <Erasures space="" path="/site/erasures" why={t("site-erasures-empty")} />
        </section>
      ) : (
        <EmptyState title={t("site-erasures-technicians")} text={t("site-erasures-lead")} />
      )}
    </Screen>
  );
}
