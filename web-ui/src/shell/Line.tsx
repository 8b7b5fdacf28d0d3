/**
 * One line of talk (message or comment): author, place, time, text, and where it is kept. Screen
 * readers hear author and text first; what can be done stands in one named menu.
 */
import { Eraser, Heart, PackageMinus, Pencil, Undo2 } from "lucide-react";
import { type FormEvent, memo, type ReactNode, useState } from "react";
import { useApi, useMe, useRun } from "../api/context.tsx";
import type { Waiting } from "../api/store.ts";
import type { Command, ItemRow, PersonRef } from "../api/types.ts";
import { Button } from "../parts/Button.tsx";
import { Menu, type MenuEntry } from "../parts/Menu.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import { type Saving, SavingState } from "../parts/SavingState.tsx";
import { PersonCircle } from "../parts/small.tsx";
import { TextArea } from "../parts/TextField.tsx";
import { useToast } from "../parts/Toast.tsx";
import { useText } from "../text/context.tsx";
import { usePersonText } from "../text/names.ts";
import { EraseDialog } from "./Erase.tsx";
import { PutAside } from "./PutAside.tsx";
import styles from "./Talk.module.css";

export const textOf = (row: ItemRow): string => {
  const { text } = row.fields;
  return typeof text === "string" ? text : "";
};

/** The saving state of a row that the site has. */
export function keptAs({ kept }: Pick<ItemRow, "kept">): Saving {
  if (kept.state === "everywhere") return { state: "everywhere" };
  if (kept.state === "some") return { state: "sites", names: kept.sites };
  if (kept.state === "received") return { state: "received" };
  return { state: "site" };
}

type FrameProps = {
  person: PersonRef;
  when: string;
  own: boolean;
  menu?: ReactNode;
  children: ReactNode;
};

function LineFrame({ person, when, own, menu, children }: FrameProps) {
  const { t } = useText();
  return (
    <div className={styles.line}>
      <PersonCircle id={person.id} name={person.name} self={own} />
      <div>
        <p className={styles.who}>
          <strong>{own ? t("you") : <PersonName person={person} />}</strong>
          <span className="meta">
            {person.partner === undefined && !person.deleted && `${person.job ?? person.site} · `}
            {when}
          </span>
          {menu}
        </p>
        {children}
      </div>
    </div>
  );
}

type LineProps = {
  row: ItemRow;
  /** The commands of its kind; the same three for messages and comments. */
  feature: "message" | "comment";
  showState: boolean;
  canThank: boolean;
  /** Offers to put it aside. */
  manages?: boolean;
};

/** Drawn again only when its own row changed: a busy channel redraws its list many times a second. */
export const TalkLine = memo(function TalkLine(props: LineProps) {
  const { row, feature, showState, canThank, manages } = props;
  const { t, shown, shortWhen, sentenceWhen } = useText();
  const name = usePersonText();
  const me = useMe();
  const run = useRun();
  const toast = useToast();
  const [changing, setChanging] = useState(false);
  const [putting, setPutting] = useState(false);
  const [erasing, setErasing] = useState(false);
  const own = row.author.id === me.person.id;
  const withdrawn = row.fields.withdrawn === true;
  const text = textOf(row);
  const { space, id: item } = row;

  const attempt = (command: Command, done?: () => void) =>
    run(command).then(done, (error: Error) => toast({ text: error.message, problem: true }));
  const withdraw = () =>
    attempt({ feature, do: "withdraw", space, item }, () =>
      toast({
        text: t(`${feature}-withdrawn-done`),
        undo: () => void attempt({ feature, do: "change", space, item, text }),
      }),
    );
  const entries: MenuEntry[] = [];
  if (canThank && !own && !withdrawn) {
    const { thanked } = row.mine;
    entries.push({
      id: "thank",
      text: t(thanked ? "thanks-take-back" : "thanks-give"),
      icon: Heart,
      onSelect: () =>
        void attempt({ feature: "thanks", do: thanked ? "takeBack" : "give", space, on: item }),
    });
  }
  if (own && !withdrawn && row.mine.canChange) {
    entries.push(
      { id: "change", text: t("change"), icon: Pencil, onSelect: () => setChanging(true) },
      { id: "withdraw", text: t("withdraw"), icon: Undo2, onSelect: () => void withdraw() },
    );
  }
  if (manages && !own && !withdrawn) {
    entries.push({
      id: "aside",
      text: t("put-aside"),
      icon: PackageMinus,
      onSelect: () => setPutting(true),
    });
  }
  // Also what was withdrawn: its first words are kept until they are erased.
  if (manages || (own && canThank)) {
    entries.push({
      id: "erase",
      text: t("erase"),
      icon: Eraser,
      onSelect: () => setErasing(true),
    });
  }
  const menu = entries.length > 0 && (
    <Menu
      className={styles.actions}
      text={t("actions")}
      label={t("actions-on", { person: name(row.author), text: text.slice(0, 40) })}
      entries={entries}
    />
  );
  return (
    <LineFrame person={row.author} own={own} when={shortWhen(row.createdMs)} menu={menu}>
      {changing ? (
        <ChangeText
          label={t("change-text")}
          text={text}
          onCancel={() => setChanging(false)}
          onSave={(next) => {
            setChanging(false);
            void attempt({ feature, do: "change", space, item, text: next });
          }}
        />
      ) : (
        <p className={withdrawn ? styles.gone : styles.text}>
          {withdrawn ? t(`${feature}-withdrawn`) : shown(text)}
        </p>
      )}
      {putting && <PutAside row={row} onClose={() => setPutting(false)} />}
      {erasing && <EraseDialog row={row} onClose={() => setErasing(false)} />}
      {row.others.map((other) => (
        <div key={`${other.by.id}${other.atMs}`} className={styles.other}>
          <p className="meta">
            {t("other-version", { person: shown(name(other.by)), when: sentenceWhen(other.atMs) })}
          </p>
          <p className={styles.text}>{shown(other.text)}</p>
        </div>
      ))}
      <p className={styles.under}>
        {row.fields.edited === true && !withdrawn && <span className="meta">{t("edited")}</span>}
        {row.arrivedMs !== null && (
          <span className="meta">{t("arrived", { when: sentenceWhen(row.arrivedMs) })}</span>
        )}
        {row.counts.thanks > 0 && (
          <span className="meta">{t("thanks-count", { count: row.counts.thanks })}</span>
        )}
        {own && showState && <SavingState saving={keptAs(row)} />}
      </p>
    </LineFrame>
  );
});

type ChangeProps = {
  label: string;
  text: string;
  onSave: (text: string) => void;
  onCancel: () => void;
};

function ChangeText({ label, text, onSave, onCancel }: ChangeProps) {
  const { t } = useText();
  const [next, setNext] = useState(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (next.trim()) onSave(next.trim());
  };
  return (
    <form className={styles.write} onSubmit={submit}>
      <TextArea
        label={label}
        labelHidden
        // The person just asked to change this text.
        autoFocus
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      <div>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button type="submit" variant="primary">
          {t("save")}
        </Button>
      </div>
    </form>
  );
}

/** A line still on its way, or refused with its reason: the words are never lost. */
export function WaitingLine({ waiting, text }: { waiting: Waiting; text: string }) {
  const { t, shown, shortWhen } = useText();
  const { me, outbox } = useApi();
  const { refused } = waiting;
  return (
    <LineFrame person={me.person} own when={shortWhen(waiting.atMs)}>
      <p className={styles.text}>{shown(text)}</p>
      <div className={styles.under}>
        {refused === undefined ? (
          <SavingState saving={outbox.durable ? { state: "device" } : { state: "sending" }} />
        ) : (
          <>
            <SavingState saving={{ state: "problem", text: refused }} />
            <Button onClick={() => void outbox.again(waiting.id)}>{t("send-again")}</Button>
            <Button variant="quiet" onClick={() => void outbox.forget(waiting.id)}>
              {t("forget")}
            </Button>
          </>
        )}
      </div>
    </LineFrame>
  );
}

/**
 * Commands whose row is not in view yet: the row may come by the live line just before the answer
 * to the command does, and must not be seen twice.
 */
export function notYetShown(waiting: readonly Waiting[], rows: readonly ItemRow[], me: string) {
  const left = rows.filter((row) => row.author.id === me).map((row) => ({ row, used: false }));
  return waiting.filter((each) => {
    const text = "text" in each.command ? each.command.text : undefined;
    const found = left.find(
      ({ row, used }) =>
        // Clocks of browser and site may differ by a little.
        !used && textOf(row) === text && row.createdMs >= each.atMs - 5_000,
    );
    if (found) found.used = true;
    return !found;
  });
}
