/** «Mes données»: take them away as a file, and delete one's account. */
import { Download, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError, call } from "../../api/client.ts";
import { useMe, useView } from "../../api/context.tsx";
import type { OwnData } from "../../api/types.ts";
import { useSession } from "../../app/session.tsx";
import { Button, buttonClass } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { Notice, SectionHeading } from "../../parts/small.tsx";
import { PasswordField } from "../../parts/TextField.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { Link } from "../../shell/routing.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Profile.module.css";

export function MyData() {
  const { t, shown } = useText();
  const view = useView<OwnData>("/me/data");
  const [open, setOpen] = useState(false);
  const ask = () => {
    setOpen(true);
    // What stands in the way may have changed since the screen was opened.
    void view.refetch();
  };
  return (
    <section>
      <SectionHeading title={t("my-data")} />
      <p>{t("my-data-what")}</p>
      {view.data?.contact && <p>{t("my-data-contact", { contact: shown(view.data.contact) })}</p>}
      <div className={styles.actions}>
        <a className={buttonClass({})} href="/api/v1/me/data.zip" download>
          <Download aria-hidden="true" size={20} strokeWidth={1.9} />
          {t("my-data-take")}
        </a>
        <Button icon={Trash2} variant="danger" disabled={!view.data} onClick={ask}>
          {t("account-delete")}
        </Button>
      </div>
      <Dialog title={t("account-delete")} open={open} onClose={() => setOpen(false)}>
        {view.data && <DeleteAccount data={view.data} onClose={() => setOpen(false)} />}
      </Dialog>
    </section>
  );
}

/** Why it cannot be: each with what to do first. */
function Obstacles({ data }: { data: OwnData }) {
  const { t, shown } = useText();
  if (data.guestSite) return <Notice problem>{t("account-delete-partner")}</Notice>;
  if (data.home) return <Notice problem>{t("account-delete-home", { site: data.home })}</Notice>;
  return (
    <>
      {data.spaces.length > 0 && (
        <Notice problem>
          <p>{t("account-delete-managers", { count: data.spaces.length })}</p>
          <ul className={styles.plain}>
            {data.spaces.map(({ id, name }) => (
              <li key={id}>
                <Link to={`/espaces/${id}/membres`}>{shown(name)}</Link>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {data.lastRegistrar && <Notice problem>{t("account-delete-registrar")}</Notice>}
      {data.lastTechnician && <Notice problem>{t("account-delete-technician")}</Notice>}
    </>
  );
}

function DeleteAccount({ data, onClose }: { data: OwnData; onClose: () => void }) {
  const { t, shown } = useText();
  const me = useMe();
  const session = useSession();
  const toast = useToast();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<{ field: boolean; text: string } | null>(null);
  const [sending, setSending] = useState(false);
  const possible =
    !data.guestSite &&
    !data.home &&
    data.spaces.length === 0 &&
    !data.lastRegistrar &&
    !data.lastTechnician;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!password) return setProblem({ field: true, text: t("password-current-missing") });
    setSending(true);
    try {
      await call("POST", "/me/deletion", { password });
      toast({ text: t("account-deleted") });
      await session.ended();
    } catch (error) {
      const field = error instanceof ApiError && error.body.field === "password";
      setProblem({ field, text: shown((error as Error).message) });
      setSending(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <div>
        <p className="strong">{t("account-goes")}</p>
        <p>{t("account-goes-what")}</p>
      </div>
      <div>
        <p className="strong">{t("account-stays")}</p>
        <p>{t("account-stays-what")}</p>
      </div>
      {!possible && <Obstacles data={data} />}
      {possible && (
        <>
          <p className="strong">{t("account-delete-final")}</p>
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
            problem={problem?.field ? problem.text : undefined}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </>
      )}
      {problem && !problem.field && <Notice problem>{problem.text}</Notice>}
      <div className={styles.actions}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        {possible && (
          <Button type="submit" variant="danger" icon={Trash2} disabled={sending}>
            {t("account-delete-now")}
          </Button>
        )}
      </div>
    </form>
  );
}
