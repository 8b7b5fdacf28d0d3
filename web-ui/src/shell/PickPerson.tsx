/** Finding a person by name and picking her; the list stays for the next one. */
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useView } from "../api/context.tsx";
import type { PersonRef, Rows } from "../api/types.ts";
import { Failure } from "../app/ErrorScreen.tsx";
import { Button } from "../parts/Button.tsx";
import { Loading, PersonCircle } from "../parts/small.tsx";
import { TextField } from "../parts/TextField.tsx";
import { useText } from "../text/context.tsx";
import styles from "./PickPerson.module.css";

/** Below this a name search would only list the beginning of the directory. */
const shortestSearch = 2;

type Props = {
  /** Who is there already. */
  present: ReadonlySet<string>;
  /** What is said of them. */
  presentText: string;
  /** Whether it was done. */
  onPick: (person: PersonRef) => Promise<boolean>;
};

export function PickPerson(props: Props) {
  const { t } = useText();
  const [name, setName] = useState("");
  const asked = useDeferredValue(name.trim());
  return (
    <>
      <TextField
        label={t("member-find")}
        icon={Search}
        type="search"
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div aria-live="polite">
        {asked.length >= shortestSearch ? (
          <Found name={asked} {...props} />
        ) : (
          <p className="meta">{t("member-find-help")}</p>
        )}
      </div>
    </>
  );
}

function Found({ name, present, presentText, onPick }: Props & { name: string }) {
  const { t } = useText();
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const view = useView<Rows<PersonRef>>(`/people?q=${encodeURIComponent(name)}&limit=20`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  if (view.data.rows.length === 0) return <p className="meta">{t("member-nobody", { name })}</p>;
  const add = async (person: PersonRef) => {
    setAdded(new Set([...added, person.id]));
    if (!(await onPick(person)))
      setAdded((now) => new Set([...now].filter((id) => id !== person.id)));
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
            <p className="meta">{presentText}</p>
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
