/** My own work that waits for a manager: nothing of it is lost, wherever it was written. */
import { useView } from "../../api/context.tsx";
import type { HeldPage } from "../../api/types.ts";
import { ViewFailure } from "../../app/ErrorScreen.tsx";
import { EmptyState, Loading } from "../../parts/small.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";
import { HeldText } from "./HeldText.tsx";

export default function OwnHeldScreen() {
  const { t } = useText();
  const view = useView<HeldPage>("/me/held");
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <ViewFailure error={view.error} onAgain={() => void view.refetch()} />;
  const { rows } = view.data;
  return (
    <Screen title={t("own-held-title")} lead={t("own-held-lead")}>
      {rows.length === 0 && <EmptyState title={t("own-held-none")} text={t("own-held-none-why")} />}
      <ul className={styles.tab}>
        {rows.map((row) => (
          <li key={row.id} className={styles.row}>
            <div className={styles.what}>
              <HeldText row={row} withSpace />
            </div>
          </li>
        ))}
      </ul>
    </Screen>
  );
}
