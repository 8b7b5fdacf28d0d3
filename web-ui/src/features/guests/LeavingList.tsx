/** Everything that will leave, counted and named, and what can and cannot be taken back. */
import { useView } from "../../api/context.tsx";
import type { Leaving, LeavingItem } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { Loading, Notice } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import type { Access } from "./AccessForm.tsx";
import styles from "./Guests.module.css";
import type { Problem } from "./InvitePartner.tsx";
import { endOf } from "./stay.ts";

type Props = {
  space: string;
  access: Access;
  problem: Problem | null;
  sending: boolean;
  onBack: () => void;
  onInvite: () => void;
};

export function LeavingList({ space, access, problem, sending, onBack, onInvite }: Props) {
  const { t, shown } = useText();
  const view = useView<Leaving>(`/spaces/${space}/leaving`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  const { items, comments, people } = view.data;
  const { how, role, day } = access;
  const end = new Date(endOf(day) ?? 0);
  return (
    <>
      <p>{t("leaving-who", { how, name: access.name.trim(), role: t("role", { role }), end })}</p>
      <div className={styles.leaving}>
        {(["page", "post", "channel"] as const).map((kind) => (
          <Items key={kind} kind={kind} items={items.filter((item) => item.kind === kind)} />
        ))}
        <p className="strong">{t("leaving-comments", { count: comments })}</p>
        <section>
          <h3>{t("leaving-people", { count: people.length })}</h3>
          <p>{new Intl.ListFormat(document.documentElement.lang).format(people.map(shown))}</p>
        </section>
        <p className="meta">{t("leaving-later")}</p>
      </div>
      <div className={styles.told}>
        <p>{t("leaving-ends")}</p>
        <p>{t("leaving-stays")}</p>
      </div>
      {problem && <Notice problem>{problem.text}</Notice>}
      <div className={styles.end}>
        <Button onClick={onBack}>{t("invite-back")}</Button>
        <Button variant="primary" disabled={sending} onClick={onInvite}>
          {t(`leaving-invite-${how}`)}
        </Button>
        {sending && <span className="meta">{t("saving-sending")}</span>}
      </div>
    </>
  );
}

function Items({ kind, items }: { kind: "page" | "post" | "channel"; items: LeavingItem[] }) {
  const { t, shown } = useText();
  const holds = (item: LeavingItem) =>
    t(kind === "channel" ? "leaving-messages" : "comments-count", { count: item.holds });
  return (
    <section>
      <h3>{t("leaving-items", { kind, count: items.length })}</h3>
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            {shown(item.title)}{" "}
            {(kind === "channel" || item.holds > 0) && <span className="meta">{holds(item)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
