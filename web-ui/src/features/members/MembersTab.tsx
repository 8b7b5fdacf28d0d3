/** «Membres»: who is in the space and in which role; managers add, change and remove. */
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useMe, useView } from "../../api/context.tsx";
import type { Member, Role, Rows } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Menu } from "../../parts/Menu.tsx";
import { PersonName } from "../../parts/PersonName.tsx";
import { Loading, PersonCircle, SectionHeading } from "../../parts/small.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useAttempt } from "../../shell/attempt.ts";
import { Link } from "../../shell/routing.tsx";
import { atLeast, useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { AddPerson } from "./AddPerson.tsx";
import styles from "./Members.module.css";
import { SpaceGroups } from "./SpaceGroups.tsx";

export const roles: readonly Role[] = ["viewer", "commenter", "contributor", "manager"];

export default function MembersTab() {
  const { t } = useText();
  const me = useMe();
  const detail = useSpaceDetail();
  const space = detail?.row.id ?? "";
  const view = useView<Rows<Member>>(`/spaces/${space}/members`);
  const [adding, setAdding] = useState(false);
  const manages = atLeast(detail?.me ?? null, "manager");
  const rows = view.data?.rows ?? [];
  return (
    <section className={styles.list}>
      <SectionHeading title={t("members-title", { count: rows.length })}>
        {manages && (
          <Button variant="primary" icon={UserPlus} onClick={() => setAdding(true)}>
            {t("member-add")}
          </Button>
        )}
      </SectionHeading>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      <ul>
        {rows.map((member) => (
          <MemberRow
            key={member.person.id}
            space={space}
            member={member}
            manages={manages}
            partners={detail?.partners ?? false}
          />
        ))}
      </ul>
      {me.person.partner === undefined && <SpaceGroups space={space} manages={manages} />}
      {adding && (
        <AddPerson
          space={space}
          // Who is here by a group only may still be named.
          present={new Set(rows.filter(({ byName }) => byName).map(({ person }) => person.id))}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  );
}

type RowProps = { space: string; member: Member; manages: boolean; partners: boolean };

function MemberRow({ space, member, manages, partners }: RowProps) {
  const { t, shown, sinceWhen } = useText();
  const attempt = useAttempt();
  const toast = useToast();
  const me = useMe();
  const { person, role, addedBy, sinceMs, sponsor } = member;
  const since = { when: sinceWhen(sinceMs), by: addedBy?.name ?? "" };

  const setRole = (next: Role) =>
    attempt(
      { feature: "space", do: "setRole", space, person: person.id, role: next },
      t("member-role-changed", { name: person.name, role: next }),
    );
  const setSponsor = (next: boolean) =>
    attempt(
      { feature: "space", do: "setSponsor", space, person: person.id, sponsor: next },
      t(next ? "member-sponsor-made" : "member-sponsor-ended", { name: person.name }),
    );
  const remove = async () => {
    const answer = await attempt({
      feature: "space",
      do: "removeMember",
      space,
      person: person.id,
    });
    if (!answer) return;
    toast({
      text: t("member-removed", { name: person.name }),
      undo: () =>
        void attempt({ feature: "space", do: "addMember", space, person: person.id, role }),
    });
  };
  return (
    <li className={styles.row}>
      <PersonCircle id={person.id} name={person.name} size={44} self={person.id === me.person.id} />
      <div>
        <p className={styles.name}>
          <PersonName person={person} />
        </p>
        <p className="meta">
          {person.partner === undefined &&
            `${[person.job, person.site].filter(Boolean).join(", ")} · `}
          {t(addedBy ? "member-since-by" : "member-since", since)}
        </p>
        {member.groups.map((group) => (
          <p key={group} className="meta">
            {shown(t(member.byName ? "member-group-too" : "member-group", { group }))}
          </p>
        ))}
        {sponsor && <p className="meta">{t("member-sponsor")}</p>}
      </div>
      {person.partner !== undefined ? (
        // Her stay has an end and somebody who answers for her: both are changed with the partners.
        <p className="meta">
          {t("role", { role })}
          {partners && (
            <>
              {" · "}
              <Link to={`/espaces/${space}/partenaires`}>{t("tab-partners")}</Link>
            </>
          )}
        </p>
      ) : manages ? (
        <Menu
          text={t("role", { role })}
          label={t("member-actions", { name: person.name, role: t("role", { role }) })}
          entries={[
            ...roles
              .filter((each) => each !== role)
              .map((each) => ({
                id: each,
                text: t("member-make", { role: each }),
                onSelect: () => void setRole(each),
              })),
            ...(role === "contributor"
              ? [
                  {
                    id: "sponsor",
                    text: t(sponsor ? "member-sponsor-end" : "member-sponsor-make"),
                    onSelect: () => void setSponsor(!sponsor),
                  },
                ]
              : []),
            {
              id: "remove",
              text: t("member-remove"),
              danger: true,
              onSelect: () => void remove(),
            },
          ]}
        />
      ) : (
        <p className="meta">{t("role", { role })}</p>
      )}
    </li>
  );
}
