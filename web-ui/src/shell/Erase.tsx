/**
 * «Effacer»: the dialog lists the item and everything that lies under it, each with its own tick.
 * Nothing that is not ticked is erased.
 */
import { Eraser } from "lucide-react";
import { useState } from "react";
import { useView } from "../api/context.tsx";
import type { ErasureCandidate, ErasurePlan, ItemRow } from "../api/types.ts";
import { Failure } from "../app/ErrorScreen.tsx";
import { Button } from "../parts/Button.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { Loading } from "../parts/small.tsx";
import { TextField } from "../parts/TextField.tsx";
import { useText } from "../text/context.tsx";
import { useAttempt } from "./attempt.ts";
import styles from "./Erase.module.css";

type Props = { row: ItemRow; onErased?: () => void };

export function EraseButton({ row, onErased }: Props) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon={Eraser}
        variant="quiet"
        onClick={() => setOpen(true)}
        aria-label={t("erase-this", { title: row.title })}
      >
        {t("erase")}
      </Button>
      {open && <EraseDialog row={row} onClose={() => setOpen(false)} onErased={onErased} />}
    </>
  );
}

export function EraseDialog({ row, onClose, onErased }: Props & { onClose: () => void }) {
  const { t } = useText();
  const plan = useView<ErasurePlan>(`/spaces/${row.space}/items/${row.id}/erasure`);
  return (
    <Dialog title={t("erase-title")} open onClose={onClose}>
      {plan.isPending && <Loading />}
      {plan.isLoadingError && <Failure error={plan.error} onAgain={() => void plan.refetch()} />}
      {plan.data && <EraseForm row={row} plan={plan.data} onClose={onClose} onErased={onErased} />}
    </Dialog>
  );
}

type FormProps = Props & { plan: ErasurePlan; onClose: () => void };

function EraseForm({ row, plan, onClose, onErased }: FormProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const allowed = plan.rows.filter((each) => each.allowed).map((each) => each.item.id);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(allowed));
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const tick = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const erase = async () => {
    setBusy(true);
    const items = [...chosen];
    const answer = await attempt(
      { feature: "erasure", do: "erase", space: row.space, items, reason },
      t("erase-done"),
    );
    setBusy(false);
    if (!answer) return;
    onClose();
    if (chosen.has(row.id)) onErased?.();
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void erase();
      }}
    >
      <p>{t("erase-why", { hours: plan.hours, confirmed: plan.hoursConfirmed })}</p>
      <fieldset className={styles.list}>
        <legend>{t("erase-what")}</legend>
        {plan.rows.map((each) => (
          <Candidate key={each.item.id} candidate={each} chosen={chosen} onTick={tick} />
        ))}
      </fieldset>
      <TextField
        label={t("erase-reason")}
        help={t("erase-reason-help")}
        value={reason}
        maxLength={250}
        onChange={(event) => setReason(event.target.value)}
      />
      <p className={styles.end}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="danger" icon={Eraser} disabled={busy || chosen.size === 0}>
          {t("erase-now", { count: chosen.size })}
        </Button>
      </p>
    </form>
  );
}

type CandidateProps = {
  candidate: ErasureCandidate;
  chosen: ReadonlySet<string>;
  onTick: (id: string, on: boolean) => void;
};

function Candidate({ candidate, chosen, onTick }: CandidateProps) {
  const { t, shown } = useText();
  const { item, depth, allowed } = candidate;
  return (
    <label className={styles.item} style={{ marginInlineStart: Math.min(depth, 4) * 16 }}>
      <input
        type="checkbox"
        checked={chosen.has(item.id)}
        disabled={!allowed}
        onChange={(event) => onTick(item.id, event.target.checked)}
      />
      <span>
        {t("erase-kind", { kind: item.kind })} {item.title && `« ${shown(item.title)} »`}{" "}
        <span className="meta">
          {item.author.name}
          {!allowed && ` · ${t("erase-not-yours")}`}
        </span>
      </span>
    </label>
  );
}
