/** How a partner comes in: with an account here, or with a site of their own; as what, until when. */
import { type FormEvent, useState } from "react";
import type { Role } from "../../api/types.ts";
import { Choices } from "../../land/LookPicker.tsx";
import { Button } from "../../parts/Button.tsx";
import { Notice } from "../../parts/small.tsx";
import { SelectField, TextField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import { EndDate } from "./EndDate.tsx";
import styles from "./Guests.module.css";
import type { Problem } from "./InvitePartner.tsx";
import { isPossible, monthsOn, usualMonths } from "./stay.ts";

const ways = ["account", "site"] as const;
/** A partner never decides who is a member. */
const roles: readonly Role[] = ["viewer", "commenter", "contributor"];

export type Access = {
  how: (typeof ways)[number];
  role: Role;
  /** The last day, as a date field writes it. */
  day: string;
  name: string;
  organisation: string;
  login: string;
};

export const newAccess = (): Access => ({
  how: "account",
  role: "contributor",
  day: monthsOn(new Date(), usualMonths),
  name: "",
  organisation: "",
  login: "",
});

const written = ["name", "organisation", "login"] as const;

type Props = {
  access: Access;
  /** Whether partners' sites can reach this one. */
  reachable: boolean;
  problem: Problem | null;
  onChange: (access: Access) => void;
  onBack?: () => void;
  onNext: () => void;
};

export function AccessForm({ access, reachable, problem, onChange, onBack, onNext }: Props) {
  const { t } = useText();
  const [tried, setTried] = useState(false);
  const { how, role, day } = access;
  const unreachable = how === "site" && !reachable;
  const missing = how === "account" ? written.filter((field) => !access[field].trim()) : [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    const [first] = missing;
    if (first !== undefined) {
      event.currentTarget.querySelector<HTMLElement>(`[name="guest-${first}"]`)?.focus();
      return;
    }
    if (!unreachable && isPossible(day, new Date())) onNext();
  };
  const problemOf = (field: (typeof written)[number]) => {
    if (problem?.field === field) return problem.text;
    return tried && !access[field].trim() ? t(`guest-${field}-missing`) : undefined;
  };
  return (
    <form className={styles.steps} onSubmit={submit} noValidate>
      <Choices
        legend={t("access-how")}
        values={ways}
        value={how}
        onChange={(next) => onChange({ ...access, how: next })}
        wide
      >
        {(each) => (
          <span>
            {t(`access-${each}`)}
            <small>{t(`access-${each}-why`)}</small>
          </span>
        )}
      </Choices>
      {unreachable && <Notice>{t("access-unreachable")}</Notice>}
      {how === "account" &&
        written.map((field) => (
          <TextField
            key={field}
            name={`guest-${field}`}
            label={t(`guest-${field}`)}
            help={field === "login" ? t("guest-login-help") : undefined}
            problem={problemOf(field)}
            value={access[field]}
            autoComplete="off"
            autoCapitalize={field === "login" ? "none" : undefined}
            spellCheck={field === "login" ? false : undefined}
            onChange={(event) => onChange({ ...access, [field]: event.target.value })}
          />
        ))}
      {!unreachable && (
        <>
          <SelectField
            label={t(how === "account" ? "guest-role" : "guest-site-role")}
            help={t(`role-${role}-why`)}
            value={role}
            onChange={(event) => onChange({ ...access, role: event.target.value as Role })}
          >
            {roles.map((each) => (
              <option key={each} value={each}>
                {t("role", { role: each })}
              </option>
            ))}
          </SelectField>
          <EndDate day={day} onChange={(next) => onChange({ ...access, day: next })} />
        </>
      )}
      {problem && !written.some((field) => field === problem.field) && (
        <Notice problem>{problem.text}</Notice>
      )}
      <div className={styles.end}>
        {onBack && <Button onClick={onBack}>{t("invite-back")}</Button>}
        <Button type="submit" variant="primary" disabled={unreachable}>
          {t("access-next")}
        </Button>
      </div>
    </form>
  );
}
