/** What is shown instead of a screen: not found, not reachable, or an error of ours. */
import { ApiError, UnreachableError } from "../api/client.ts";
import { Button, ButtonLink } from "../parts/Button.tsx";
import { EmptyState, Notice } from "../parts/small.tsx";
import { Logo } from "../shell/Logo.tsx";
import { Screen } from "../shell/Screen.tsx";
import styles from "../shell/Shell.module.css";
import { useText } from "../text/context.tsx";

export function NotFoundScreen() {
  const { t } = useText();
  return (
    <Screen title={t("not-found-title")}>
      <EmptyState title={t("not-found-what")} text={t("not-found-why")}>
        <ButtonLink to="/aujourdhui" variant="primary">
          {t("not-found-back")}
        </ButtonLink>
      </EmptyState>
    </Screen>
  );
}

/** The sentence of any failure: the site's own when it gave one. */
export function Failure({ error, onAgain }: { error: unknown; onAgain?: () => void }) {
  const { t, shown } = useText();
  const again = onAgain && (
    <p style={{ marginTop: 8 }}>
      <Button onClick={onAgain}>{t("try-again")}</Button>
    </p>
  );
  if (error instanceof ApiError) {
    return (
      <Notice problem>
        <p>{shown(error.message)}</p>
        {again}
      </Notice>
    );
  }
  const unreachable = error instanceof UnreachableError;
  return (
    <Notice problem={!unreachable}>
      <p>
        <strong>{t(unreachable ? "unreachable-what" : "broken-what")}</strong>{" "}
        {t(unreachable ? "unreachable-why" : "broken-why")}
      </p>
      {again}
    </Notice>
  );
}

/** A view that could not be shown. 404 has its own words; the rest says what the site said. */
export function ViewFailure({ error, onAgain }: { error: unknown; onAgain?: () => void }) {
  const { t } = useText();
  if (error instanceof ApiError && error.status === 404) return <NotFoundScreen />;
  if (error instanceof ApiError && error.status === 410) {
    return (
      <Screen title={t("erased-title")}>
        <Failure error={error} />
      </Screen>
    );
  }
  return (
    <Screen title={t("broken-title")}>
      <Failure error={error} onAgain={onAgain} />
    </Screen>
  );
}

/** Before anything is known: outside the shell. */
export function UnreachableScreen({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  return (
    <main
      className={styles.page}
      style={{ display: "grid", gap: 24, paddingBlock: 44, maxWidth: 700 }}
    >
      <h1 className={styles.brand}>
        <Logo /> Bocage
      </h1>
      <Failure error={error} onAgain={onAgain} />
    </main>
  );
}
