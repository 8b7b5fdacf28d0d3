/** «Groupes»: named groups of people, and who is in each; those who keep one change it here. */
import { Plus, UserPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useMe, useView } from "../../api/context.tsx";
import type { GroupList, GroupPlace, GroupRow, PersonRef } from "../../api/types.ts";
import { ViewFailure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { Menu } from "../../parts/Menu.tsx";
import { EmptyState, Loading, PersonCircle, SectionHeading } from "../../parts/small.tsx";
import { SelectField, TextField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { PickPerson } from "../../shell/PickPerson.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Groups.module.css";

/** What a dialog is open for. */
type Asked =
  | { what: "open" }
  | { what: "rename"; group: GroupRow }
  | { what: "add"; group: string }
  | { what: "end"; group: GroupRow };

export default function GroupsScreen() {
  const { t } = useText();
  const me = useMe();
  const ours = me.person.partner === undefined;
  const view = useView<GroupList>("/groups", { enabled: ours });
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const reread = () => void view.refetch();
  const done = () => {
    close();
    reread();
  };
  if (!ours)
    return (
      <Screen title={t("groups-title")}>
        <EmptyState title={t("groups-ours")} text={t("groups-ours-why")} />
      </Screen>
    );
  if (view.isPending) return <Loading />;
  if (view.isLoadingError) return <ViewFailure error={view.error} onAgain={reread} />;
  const { rows, places } = view.data;
  const adding = asked?.what === "add" && rows.find(({ id }) => id === asked.group);
  return (
    <Screen title={t("groups-title")} lead={t("groups-lead")}>
      <div className={styles.list}>
        {places.length > 0 && (
          <p className={styles.actions}>
            <Button variant="primary" icon={Plus} onClick={() => setAsked({ what: "open" })}>
              {t("group-open")}
            </Button>
          </p>
        )}
        {rows.length === 0 && <EmptyState title={t("groups-none")} text={t("groups-none-why")} />}
        {rows.map((group) => (
          <Group key={group.id} group={group} onAsk={setAsked} onDone={reread} />
        ))}
      </div>
      {asked?.what === "open" && <Name places={places} onClose={close} onDone={done} />}
      {asked?.what === "rename" && (
        <Name group={asked.group} places={[]} onClose={close} onDone={done} />
      )}
      {adding && <Add group={adding} onClose={close} onDone={reread} />}
      {asked?.what === "end" && <End group={asked.group} onClose={close} onDone={done} />}
    </Screen>
  );
}

type GroupProps = { group: GroupRow; onAsk: (asked: Asked) => void; onDone: () => void };

function Group({ group, onAsk, onDone }: GroupProps) {
  const { t, shown } = useText();
  const attempt = useAttempt();
  const heading = `group-${group.id}`;
  const remove = async (person: PersonRef) => {
    const command = {
      feature: "group",
      do: "remove",
      group: group.id,
      person: person.id,
    } as const;
    const said = t("group-removed", { name: person.name, group: group.name });
    if (await attempt(command, said)) onDone();
  };
  return (
    <article className={styles.group} aria-labelledby={heading}>
      <SectionHeading id={heading} title={shown(group.name)}>
        {group.mayChange && (
          <Menu
            text={t("group-change")}
            label={t("group-change-this", { name: group.name })}
            entries={[
              {
                id: "rename",
                text: t("group-rename"),
                onSelect: () => onAsk({ what: "rename", group }),
              },
              {
                id: "end",
                text: t("group-end"),
                danger: true,
                onSelect: () => onAsk({ what: "end", group }),
              },
            ]}
          />
        )}
      </SectionHeading>
      <p className="meta">
        {t("group-people", { count: group.people.length })}
        {group.territory && ` · ${shown(group.territory)}`}
      </p>
      <ul>
        {group.people.map((person) => (
          <li key={person.id} className={styles.row}>
            <PersonCircle id={person.id} name={person.name} size={40} />
            <div>
              <p className={styles.name}>{person.name}</p>
              <p className="meta">{[person.job, person.site].filter(Boolean).join(", ")}</p>
            </div>
            {group.mayChange && (
              <Button
                variant="quiet"
                onClick={() => void remove(person)}
                aria-label={t("group-remove-this", { name: person.name, group: group.name })}
              >
                {t("group-remove")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {group.mayChange && (
        <p className={styles.actions}>
          <Button
            icon={UserPlus}
            onClick={() => onAsk({ what: "add", group: group.id })}
            aria-label={t("group-add-to", { name: group.name })}
          >
            {t("group-add")}
          </Button>
        </p>
      )}
    </article>
  );
}

type NameProps = {
  group?: GroupRow;
  places: GroupPlace[];
  onClose: () => void;
  onDone: () => void;
};

/** Names a group that is opened, or gives one another name. */
function Name({ group, places, onClose, onDone }: NameProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const [name, setName] = useState(group?.name ?? "");
  const [place, setPlace] = useState(places[0]?.id ?? "");
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const territory = place === "" ? {} : { territory: place };
    const answer = await attempt(
      group
        ? { feature: "group", do: "rename", group: group.id, name }
        : { feature: "group", do: "open", name, ...territory },
      t("group-named", { name }),
    );
    if (answer) onDone();
  };
  return (
    <Dialog title={t(group ? "group-rename" : "group-open")} open onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        <TextField
          label={t("group-name")}
          value={name}
          required
          onChange={(event) => setName(event.target.value)}
        />
        {places.length > 1 && (
          <SelectField
            label={t("group-place")}
            help={t("group-place-why")}
            value={place}
            onChange={(event) => setPlace(event.target.value)}
          >
            {places.map(({ id, name: territory }) => (
              <option key={id ?? ""} value={id ?? ""}>
                {id === null ? t("group-place-all") : territory}
              </option>
            ))}
          </SelectField>
        )}
        <div className={styles.end}>
          <Button type="submit" variant="primary" disabled={name.trim() === ""}>
            {t(group ? "group-rename" : "group-open")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type AddProps = { group: GroupRow; onClose: () => void; onDone: () => void };

function Add({ group, onClose, onDone }: AddProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const add = async (person: PersonRef) => {
    const answer = await attempt(
      { feature: "group", do: "add", group: group.id, person: person.id },
      t("group-added", { name: person.name, group: group.name }),
    );
    if (answer) onDone();
    return answer !== undefined;
  };
  return (
    <Dialog title={t("group-add-to", { name: group.name })} open onClose={onClose}>
      <PickPerson
        present={new Set(group.people.map(({ id }) => id))}
        presentText={t("group-present")}
        onPick={add}
      />
    </Dialog>
  );
}

/** Ending reaches far: it says what it does first. */
function End({ group, onClose, onDone }: AddProps) {
  const { t } = useText();
  const attempt = useAttempt();
  const end = async () => {
    const command = { feature: "group", do: "end", group: group.id } as const;
    if (await attempt(command, t("group-ended", { name: group.name }))) onDone();
  };
  return (
    <Dialog title={t("group-end-this", { name: group.name })} open onClose={onClose}>
      <p>{t("group-end-why")}</p>
      <div className={styles.end}>
        <Button variant="danger" onClick={() => void end()}>
          {t("group-end")}
        </Button>
      </div>
    </Dialog>
  );
}
