/** Letting a partner stay longer, and ending a stay: with what it does and what it cannot undo. */
import { useState } from "react";
import type { Command, GuestPerson, GuestSite } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useText } from "../../text/context.tsx";
import { EndDate } from "./EndDate.tsx";
import styles from "./Guests.module.css";
import { endOf, isPossible, monthsOn, usualMonths } from "./stay.ts";

export type Stay = { of: "person"; guest: GuestPerson } | { of: "site"; guest: GuestSite };

const nameOf = (stay: Stay): string =>
  stay.of === "person" ? stay.guest.person.name : stay.guest.site.name;

type Props = { space: string; stay: Stay; onClose: () => void };

export function RenewStay({ space, stay, onClose }: Props) {
  const { t } = useText();
  const attempt = useAttempt();
  const [day, setDay] = useState(() => monthsOn(new Date(), usualMonths));
  const [sending, setSending] = useState(false);
  const name = nameOf(stay);
  const renew = async () => {
    const endMs = endOf(day);
    if (endMs === undefined) return;
    setSending(true);
    const command: Command =
      stay.of === "person"
        ? { feature: "space", do: "renewGuest", space, person: stay.guest.person.id, endMs }
        : { feature: "space", do: "renewGuestSite", space, site: stay.guest.site.id, endMs };
    const answer = await attempt(command, t("stay-renewed", { name, end: new Date(endMs) }));
    if (answer) onClose();
    setSending(false);
  };
  return (
    <Dialog title={t("stay-renew-this", { name })} open onClose={onClose}>
      <div className={styles.dialog}>
        <p>{t(stay.guest.ended ? "stay-renew-again" : "stay-renew-why")}</p>
        <EndDate day={day} onChange={setDay} />
        <div className={styles.end}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            variant="primary"
            disabled={sending || !isPossible(day, new Date())}
            onClick={() => void renew()}
          >
            {t("stay-renew")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

export function EndStay({ space, stay, onClose }: Props) {
  const { t } = useText();
  const attempt = useAttempt();
  const [sending, setSending] = useState(false);
  const name = nameOf(stay);
  const end = async () => {
    setSending(true);
    const command: Command =
      stay.of === "person"
        ? { feature: "space", do: "removeMember", space, person: stay.guest.person.id }
        : { feature: "space", do: "endGuestSite", space, site: stay.guest.site.id };
    const answer = await attempt(command, t("stay-ended-done", { name }));
    if (answer) onClose();
    setSending(false);
  };
  const does = stay.of === "person" ? "end-person-does" : "end-site-does";
  const { ended } = stay.guest;
  return (
    <Dialog
      title={t(ended ? "stay-remove-this" : "stay-end-this", { name })}
      open
      onClose={onClose}
    >
      <div className={styles.dialog}>
        <p>{t(ended ? "end-over" : does, { name })}</p>
        <p>{t("end-kept-there")}</p>
        <p>{t("end-held")}</p>
        <div className={styles.end}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="danger" disabled={sending} onClick={() => void end()}>
            {t(ended ? "stay-remove" : "stay-end")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
