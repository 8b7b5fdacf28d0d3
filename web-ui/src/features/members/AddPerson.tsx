/** Adding a person by name: find, choose the role, add; the dialog stays open for the next one. */
import { useState } from "react";
import type { PersonRef, Role } from "../../api/types.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { SelectField } from "../../parts/TextField.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { PickPerson } from "../../shell/PickPerson.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Members.module.css";
import { roles } from "./MembersTab.tsx";

type Props = { space: string; present: ReadonlySet<string>; onClose: () => void };

export function AddPerson({ space, present, onClose }: Props) {
  const { t } = useText();
  const attempt = useAttempt();
  const [role, setRole] = useState<Role>("contributor");
  const add = async (person: PersonRef) => {
    const answer = await attempt(
      { feature: "space", do: "addMember", space, person: person.id, role },
      t("member-added", { name: person.name, role }),
    );
    return answer !== undefined;
  };
  return (
    <Dialog title={t("member-add")} open onClose={onClose}>
      <div className={styles.add}>
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
        <PickPerson present={present} presentText={t("member-present")} onPick={add} />
      </div>
    </Dialog>
  );
}
