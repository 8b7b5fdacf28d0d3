/** «Mes appareils»: where this person is signed in, each of which can be closed from here. */
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { useView } from "../../api/context.tsx";
import type { Rows, SessionRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Loading, SectionHeading } from "../../parts/small.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Profile.module.css";

const path = "/me/sessions";

export function Devices() {
  const { t, sentenceWhen } = useText();
  const cache = useQueryClient();
  const toast = useToast();
  const view = useView<Rows<SessionRow>>(path);
  const close = async (id: string) => {
    try {
      await call("DELETE", `${path}/${id}`);
      toast({ text: t("device-closed") });
    } catch (error) {
      toast({ text: (error as Error).message, problem: true });
    }
    await cache.invalidateQueries({ queryKey: [path] });
  };
  return (
    <section>
      <SectionHeading title={t("devices")} />
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      <ul>
        {view.data?.rows.map((row) => {
          const name = t("device-name", deviceWords(row.userAgent));
          return (
            <li key={row.id} className={styles.row}>
              <div>
                <p>{name}</p>
                <p className="meta">
                  {row.current
                    ? t("device-this")
                    : t("device-seen", { when: sentenceWhen(row.lastSeenMs) })}
                </p>
              </div>
              {!row.current && (
                <Button
                  onClick={() => void close(row.id)}
                  aria-label={t("device-close-this", { name })}
                >
                  {t("device-close")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Enough of a user agent to recognise one's own devices; the rest would not help anyone. */
export function deviceWords(userAgent: string): { browser: string; system: string } {
  const find = (names: [RegExp, string][]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
  return {
    browser: find([
      [/Firefox\//, "Firefox"],
      [/Edg\//, "Edge"],
      [/Chrom(e|ium)\//, "Chrome"],
      [/Safari\//, "Safari"],
    ]),
    system: find([
      [/Android/, "Android"],
      [/iPhone|iPad/, "iOS"],
      [/Windows/, "Windows"],
      [/Mac OS/, "macOS"],
      [/Linux/, "Linux"],
    ]),
  };
}
