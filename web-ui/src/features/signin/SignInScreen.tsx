/** The door: name, password, language. Works when every line out of the site is cut. */
import { LifeBuoy } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError, call } from "../../api/client.ts";
import type { Language, Me } from "../../api/types.ts";
import { rememberLanguage } from "../../app/preferences.ts";
import { useSession } from "../../app/session.tsx";
import { LandPicture } from "../../land/LandPicture.tsx";
import { Button } from "../../parts/Button.tsx";
import { ThreeFields } from "../../parts/SavingState.tsx";
import { Notice } from "../../parts/small.tsx";
import { PasswordField, TextField } from "../../parts/TextField.tsx";
import { Logo } from "../../shell/Logo.tsx";
import { useDocumentTitle } from "../../shell/Screen.tsx";
import { Text, useText } from "../../text/context.tsx";
import styles from "./SignIn.module.css";

/** Each language is written in itself: whoever needs it cannot read the other one. */
const languages: readonly Language[] = ["fr", "en"];

type Props = {
  siteName: string;
  /** Whom to ask for help, in the technician's own words. */
  contact: string | null;
};

export default function SignInScreen({ siteName, contact }: Props) {
  const { t, shown } = useText();
  useDocumentTitle(t("sign-in-document-title", { site: siteName }));
  return (
    <div className={styles.screen}>
      <div className={styles.picture}>
        <LandPicture />
      </div>
      <main className={styles.main}>
        <div className={styles.top}>
          <span className={styles.brand}>
            <Logo size={40} />
            Bocage
          </span>
          <LanguageChoice />
        </div>
        <SignInForm siteName={siteName} />
        {contact && (
          <p className={`meta ${styles.help}`}>
            <LifeBuoy aria-hidden="true" size={20} strokeWidth={1.9} />
            <span>{t("sign-in-help", { contact: shown(contact) })}</span>
          </p>
        )}
        <p className={`meta ${styles.help}`}>
          <ThreeFields filled={3} />
          <span>{t("sign-in-works-alone")}</span>
        </p>
      </main>
    </div>
  );
}

function LanguageChoice() {
  const { language, setLanguage, t } = useText();
  return (
    <fieldset className={styles.languages} aria-label={t("language")}>
      {languages.map((each) => (
        <Button
          key={each}
          lang={each}
          variant={each === language ? "plain" : "quiet"}
          chosen={each === language}
          onClick={() => {
            rememberLanguage(each);
            setLanguage(each);
          }}
        >
          {t(`language-${each}`)}
        </Button>
      ))}
    </fieldset>
  );
}

type Problem = { field?: "login" | "password"; text: string };

function SignInForm({ siteName }: { siteName: string }) {
  const { t, shown } = useText();
  const session = useSession();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!login.trim()) return setProblem({ field: "login", text: t("sign-in-login-missing") });
    if (!password) return setProblem({ field: "password", text: t("sign-in-password-missing") });
    setProblem(null);
    setSending(true);
    try {
      session.signedIn(await call<Me>("POST", "/session", { login: login.trim(), password }));
    } catch (error) {
      setSending(false);
      setProblem(describe(error));
    }
  };
  const describe = (error: unknown): Problem => {
    if (!(error instanceof ApiError)) return { text: t("sign-in-unreachable") };
    const { code, message, retryAfterSeconds } = error.body;
    if (code === "wrong-password") return { field: "password", text: shown(message) };
    if (code === "too-many-tries" && retryAfterSeconds) {
      return { text: t("sign-in-too-many", { seconds: retryAfterSeconds }) };
    }
    return { text: shown(message) };
  };
  const problemOf = (field: Problem["field"]) =>
    problem?.field === field ? problem?.text : undefined;

  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <div>
        <h1>{t("sign-in-hello")}</h1>
        {siteName && (
          <p className="lead">
            <Text id="sign-in-at" values={{ site: siteName }} />
          </p>
        )}
      </div>
      <TextField
        label={t("sign-in-login")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        main
        problem={problemOf("login")}
        value={login}
        onChange={(event) => setLogin(event.target.value)}
      />
      <PasswordField
        label={t("sign-in-password")}
        name="password"
        autoComplete="current-password"
        main
        problem={problemOf("password")}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {problem && !problem.field && <Notice problem>{problem.text}</Notice>}
      <Button type="submit" variant="primary" main disabled={sending}>
        {t("sign-in-do")}
      </Button>
    </form>
  );
}
