/** A new password, given the present one. Other devices are signed out by it; this one goes on. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, call } from "../../api/client.ts";
import { useMe } from "../../api/context.tsx";
import { Button } from "../../parts/Button.tsx";
import { Notice, SectionHeading } from "../../parts/small.tsx";
import { PasswordField } from "../../parts/TextField.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Profile.module.css";

type Problem = { field?: "current" | "password"; text: string };

/** The site's own limit: said before anything is sent. */
const charactersMin = 9;

export function ChangePassword() {
  const { t, shown } = useText();
  const me = useMe();
  const cache = useQueryClient();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);

  const close = () => {
    setOpen(false);
    setCurrent("");
    setPassword("");
    setProblem(null);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!current) return setProblem({ field: "current", text: t("password-current-missing") });
    if ([...password].length < charactersMin) {
      return setProblem({ field: "password", text: t("password-short", { count: charactersMin }) });
    }
    setProblem(null);
    setSending(true);
    try {
      await call("POST", "/me/password", { current, password });
      close();
      toast({ text: t("password-changed") });
      await cache.invalidateQueries({ queryKey: ["/me/sessions"] });
    } catch (error) {
      setProblem(describe(error as Error));
    }
    setSending(false);
  };
  const describe = (error: Error): Problem => {
    const field = error instanceof ApiError ? error.body.field : undefined;
    const text = shown(error.message);
    return field === "current" || field === "password" ? { field, text } : { text };
  };
  const problemOf = (field: Problem["field"]) =>
    problem?.field === field ? problem?.text : undefined;

  return (
    <section>
      <SectionHeading title={t("password")} />
      {!open && (
        <div className={styles.actions}>
          <Button onClick={() => setOpen(true)}>{t("password-change")}</Button>
        </div>
      )}
      {open && (
        <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
          {/* Password managers file the new one under this name. */}
          <input
            type="text"
            name="username"
            autoComplete="username"
            value={me.person.login}
            readOnly
            hidden
          />
          <PasswordField
            label={t("password-current")}
            name="current-password"
            autoComplete="current-password"
            // The person just asked for this form.
            autoFocus
            problem={problemOf("current")}
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
          <PasswordField
            label={t("password-new")}
            help={t("password-help", { count: charactersMin })}
            name="new-password"
            autoComplete="new-password"
            problem={problemOf("password")}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          {problem && !problem.field && <Notice problem>{problem.text}</Notice>}
          <div className={styles.actions}>
            <Button onClick={close}>{t("cancel")}</Button>
            <Button type="submit" variant="primary" disabled={sending}>
              {t("password-save")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
