/** «Jusqu'à quand»: four usual stays, or a day. */
import { Button } from "../../parts/Button.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Guests.module.css";
import { dayOf, isPossible, lastDay, monthsOn, stayMonths } from "./stay.ts";

type Props = { day: string; onChange: (day: string) => void };

export function EndDate({ day, onChange }: Props) {
  const { t } = useText();
  const now = new Date();
  return (
    <fieldset className={styles.plain}>
      <legend className="strong">{t("stay-until")}</legend>
      <div className={styles.chips}>
        {stayMonths.map((months) => {
          const then = monthsOn(now, months);
          return (
            <Button key={months} chosen={day === then} onClick={() => onChange(then)}>
              {t("stay-months", { months })}
            </Button>
          );
        })}
      </div>
      <TextField
        label={t("stay-last-day")}
        type="date"
        value={day}
        min={dayOf(now)}
        max={lastDay(now)}
        problem={isPossible(day, now) ? undefined : t("stay-impossible")}
        onChange={(event) => onChange(event.target.value)}
      />
    </fieldset>
  );
}
