/** Groups with a role in the space; managers give one a role, change it and end it. */
import { Users } from "lucide-react";
import { useState } from "react";
import { useView } from "../../api/context.tsx";
import type { GroupList, GroupRow, Role, Rows, SpaceGroup } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { Menu } from "../../parts/Menu.tsx";
import { Loading, SectionHeading } from "../../parts/small.tsx";
import { SelectField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { Link } from "../../shell/routing.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Members.module.css";

/** A group never makes managers: they are named one by one. */
const roles: readonly Role[] = ["viewer", "commenter", "contributor"];

type Props = { space: string; manages: boolean };

export function SpaceGroups({ space, manages }: Props) {
  const { t } = useText();
  const [adding, setAdding] = useState(false);
  const view = useView<Rows<SpaceGroup>>(`/spaces/${space}/groups`);
  const rows = view.data?.rows ?? [];
  if (rows.length === 0 && !manages) return null;
  return (
    <section aria-labelledby="space-groups">
      <SectionHeading id="space-groups" title={t("space-groups")}>
        {manages && (
          <Button icon={Users} onClick={() => setAdding(true)}>
            {t("space-group-add")}
          </Button>
        )}
      </SectionHeading>
      {rows.length === 0 && <p className="meta">{t("space-groups-none")}</p>}
      <ul>
        {rows.map((row) => (
          <GroupLine key={row.group} space={space} row={row} manages={manages} />
        ))}
      </ul>
      {adding && (
        <AddGroup
          space={space}
          present={new Set(rows.map(({ group }) => group))}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  );
}

type LineProps = { space: string; row: SpaceGroup; manages: boolean };

function GroupLine({ space, row, manages }: LineProps) {
  const { t, shown, sinceWhen } = useText();
  const attempt = useAttempt();
  const { group, name, role } = row;
  const give = (next: Role) =>
    attempt(
      { feature: "group", do: "give", space, group, role: next },
      t("space-group-given", { name, role: next }),
    );
  const take = () =>
    attempt({ feature: "group", do: "take", space, group }, t("space-group-taken", { name }));
  return (
    <li className={styles.groupRow}>
      <div>
        <p className={styles.name}>{shown(name)}</p>
        <p className="meta">
          {row.ended ? t("space-group-ended") : t("group-people", { count: row.people })}
          {" · "}
          {t("space-group-since", { when: sinceWhen(row.sinceMs), by: row.by.name })}
        </p>
      </div>
      {manages ? (
        <Menu
          text={t("role", { role })}
          label={t("member-actions", { name, role: t("role", { role }) })}
          entries={[
            ...roles
              .filter((each) => each !== role && !row.ended)
              .map((each) => ({
                id: each,
                text: t("member-make", { role: each }),
                onSelect: () => void give(each),
              })),
            {
              id: "take",
              text: t("member-remove"),
              danger: true,
              onSelect: () => void take(),
            },
          ]}
        />
      ) : (
        <p className="meta">{t("role", { role })}</p>
      )}
    </li>
  );
}

type AddProps = { space: string; present: ReadonlySet<string>; onClose: () => void };

function AddGroup({ space, present, onClose }: AddProps) {
  const { t, shown } = useText();
  const attempt = useAttempt();
  const [role, setRole] = useState<Role>("contributor");
  const view = useView<GroupList>("/groups");
  const give = async ({ id, name }: GroupRow) => {
    const answer = await attempt(
      { feature: "group", do: "give", space, group: id, role },
      t("space-group-given", { name, role }),
    );
    if (answer) onClose();
  };
  return (
    <Dialog title={t("space-group-add")} open onClose={onClose}>
      <div className={styles.add}>
        <p>{t("space-group-why")}</p>
        <SelectField
          label={t("space-group-role")}
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
        {view.isPending && <Loading />}
        {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
        {view.data?.rows.length === 0 && <p className="meta">{t("groups-none-why")}</p>}
        <ul className={styles.found}>
          {view.data?.rows.map((row) => (
            <li key={row.id} className={styles.groupRow}>
              <div>
                <p className={styles.name}>{shown(row.name)}</p>
                <p className="meta">{t("group-people", { count: row.people.length })}</p>
              </div>
              {present.has(row.id) ? (
                <p className="meta">{t("space-group-present")}</p>
              ) : (
                <Button
                  onClick={() => void give(row)}
                  aria-label={t("member-add-this", { name: row.name })}
                >
                  {t("add")}
                </Button>
              )}
            </li>
          ))}
        </ul>
        <p>
          <Link to="/groupes">{t("groups-link")}</Link>
        </p>
      </div>
    </Dialog>
  );
}
