/** What to hand over, shown once: a name and a password, or a ticket and what is typed with it. */
import { Printer } from "lucide-react";
import { useView } from "../../api/context.tsx";
import type { GuestList, GuestPersonReady, GuestTicketReady } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { PersonName } from "../../parts/PersonName.tsx";
import { Notice } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import { CopyLine } from "./CopyLine.tsx";
import styles from "./Guests.module.css";
import { SixWords, useAskedAgain } from "./tickets.tsx";

const runCommand = "bocage run";

type AccountProps = { ready: GuestPersonReady; endMs: number; onDone: () => void };

export function AccountReady({ ready, endMs, onDone }: AccountProps) {
  const { t } = useText();
  const { person, login, password } = ready;
  return (
    <>
      <div className={styles.paper}>
        <p className="lead">
          <PersonName person={person} />
        </p>
        <p>{t("stay-ends", { end: new Date(endMs) })}</p>
        <CopyLine label={t("ready-address")} text={location.origin} />
        <p className="meta">{t("ready-address-why")}</p>
        <CopyLine label={t("ready-login")} text={login} />
        {password === null ? (
          <Notice>{t("ready-known")}</Notice>
        ) : (
          <CopyLine label={t("ready-password")} text={password} />
        )}
      </div>
      {password !== null && <p className="strong">{t("ready-once")}</p>}
      <Ends done={t(password === null ? "ready-done" : "ready-noted")} onDone={onDone} />
    </>
  );
}

type TicketProps = { space: string; ready: GuestTicketReady; onDone: () => void };

export function TicketReady({ space, ready, onDone }: TicketProps) {
  const { t, clock } = useText();
  const { tickets } = useView<GuestList>(`/spaces/${space}/guests`).data ?? {};
  const ticket = tickets?.find(({ expiresMs }) => expiresMs === ready.expiresMs);
  const used = ticket?.usedBy ?? null;
  useAskedAgain(space, used === null);
  const example = {
    site: t("ready-example-site"),
    name: t("ready-example-name"),
    login: t("ready-example-login"),
  };
  return (
    <>
      <div aria-live="polite">
        {used === null ? (
          <Notice>{t("ready-waiting")}</Notice>
        ) : (
          <SixWords site={used} words={ticket?.words ?? ""} />
        )}
      </div>
      {used === null && (
        <div className={styles.paper}>
          <CopyLine label={t("ready-ticket")} text={ready.ticket} />
          {ready.qrSvg !== null && (
            <figure className={styles.qr}>
              {/* As an image, a picture from the site runs and loads nothing. */}
              <img
                src={`data:image/svg+xml,${encodeURIComponent(ready.qrSvg)}`}
                alt={t("ready-qr")}
              />
              <figcaption className="meta">{t("ready-qr-why")}</figcaption>
            </figure>
          )}
          <p>{t("ready-only-site", { site: ready.site.name })}</p>
          <p>
            {t("ready-ticket-why", {
              day: new Date(ready.expiresMs),
              time: clock(ready.expiresMs),
            })}
          </p>
          <h3>{t("ready-typed")}</h3>
          <ol className={styles.numbered}>
            <li>
              <CopyLine
                label={t("ready-init")}
                text={`bocage guest init --site "${example.site}" --name "${example.name}" --login ${example.login}`}
              />
            </li>
            <li>
              <CopyLine label={t("ready-accept")} text={`bocage guest accept ${ready.ticket}`} />
            </li>
            <li>
              <CopyLine label={t("ready-run")} text={runCommand} />
            </li>
          </ol>
        </div>
      )}
      <Ends done={t("ready-done")} onDone={onDone} />
    </>
  );
}

function Ends({ done, onDone }: { done: string; onDone: () => void }) {
  const { t } = useText();
  return (
    <div className={styles.end}>
      <Button icon={Printer} onClick={() => print()}>
        {t("ready-print")}
      </Button>
      <Button variant="primary" onClick={onDone}>
        {done}
      </Button>
    </div>
  );
}
