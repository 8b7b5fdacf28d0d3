/** Adding a person by name: find, choose the role, add; the dialog stays open for the next one. */
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useView } from "../../api/context.tsx";
import type { PersonRef, Role, Rows } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { Loading, PersonCircle } from "../../parts/small.tsx";
import { SelectField, TextField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Members.module.css";
import { roles } from "./MembersTab.tsx";

/** Below this a name search would only list the beginning of the directory. */
const shortestSearch = 2;

type Props = { space: string; present: ReadonlySet<string>; onClose: () => void };

export function AddPerson({ space, present, onClose }: Props) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("contributor");
  const asked = useDeferredValue(name.trim());
  return (
    <Dialog title={t("member-add")} open onClose={onClose}>
      <div className={styles.add}>
        <TextField
          label={t("member-find")}
          icon={Search}
          type="search"
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={t("member-role")}
          help={t(`role-${role}-why`)}
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {t("role", { role: each })}
            </option>
          ))}
        </SelectField>
        <div aria-live="polite">
          {asked.length >= shortestSearch ? (
            <Found space={space} name={asked} role={role} present={present} />
          ) : (
            <p className="meta">{t("member-find-help")}</p>
          )}
        </div>
      </div>
    </Dialog>
  );
}

type FoundProps = { space: string; name: string; role: Role; present: ReadonlySet<string> };

function Found({ space, name, role, present }: FoundProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const view = useView<Rows<PersonRef>>(`/people?q=${encodeURIComponent(name)}&limit=20`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  if (view.data.rows.length === 0) return <p className="meta">{t("member-nobody", { name })}</p>;
  const add = async (person: PersonRef) => {
    setAdded(new Set([...added, person.id]));
    const answer = await attempt(
      { feature: "space", do: "addMember", space, person: person.id, role },
      t("member-added", { name: person.name, role }),
    );
    if (!answer) setAdded((now) => new Set([...now].filter((id) => id !== person.id)));
  };
  return (
    <ul className={styles.found}>
      {view.data.rows.map((person) => (
        <li key={person.id} className={styles.row}>
          <PersonCircle id={person.id} name={person.name} size={44} />
          <div>
            <p className={styles.name}>{person.name}</p>
            <p className="meta">{[person.job, person.site].filter(Boolean).join(", ")}</p>
          </div>
          {present.has(person.id) || added.has(person.id) ? (
            <p className="meta">{t("member-present")}</p>
          ) : (
            <Button
              onClick={() => void add(person)}
              aria-label={t("member-add-this", { name: person.name })}
            >
              {t("add")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
