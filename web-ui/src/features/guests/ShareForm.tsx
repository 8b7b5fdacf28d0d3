/** What to share: a space apart with chosen copies (advised), or this whole space. */
import { type FormEvent, useRef, useState } from "react";
import { useMe, useRun, useView } from "../../api/context.tsx";
import type { Leaving, Rows, SpaceDetail, Template } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Choices, colours } from "../../land/LookPicker.tsx";
import { Button } from "../../parts/Button.tsx";
import { Loading, Notice } from "../../parts/small.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { useNavigate } from "../../shell/routing.tsx";
import { useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Guests.module.css";
import { ChosenItems, ItemChoices } from "./ItemChoices.tsx";

/** The site's own limit for one copying. */
const copiedMax = 200;

const shares = ["apart", "whole"] as const;
type Share = (typeof shares)[number];

type Props = { space: string; onWhole: () => void };

export function ShareForm({ space, onWhole }: Props) {
  const { t } = useText();
  const me = useMe();
  const detail = useSpaceDetail();
  const [share, setShare] = useState<Share>("apart");
  return (
    <>
      <Choices legend={t("share-what")} values={shares} value={share} onChange={setShare} wide>
        {(each) => (
          <span>
            {t(`share-${each}`)}
            <small>{t(`share-${each}-why`)}</small>
          </span>
        )}
      </Choices>
      {share === "whole" && (
        <div className={styles.end}>
          <Button variant="primary" widePhone onClick={onWhole}>
            {t("invite-next")}
          </Button>
        </div>
      )}
      {share === "apart" && !me.rights.openSpaces && <Notice>{t("share-no-right")}</Notice>}
      {share === "apart" && me.rights.openSpaces && detail && (
        <ApartForm space={space} detail={detail} />
      )}
    </>
  );
}

function ApartForm({ space, detail }: { space: string; detail: SpaceDetail }) {
  const { t } = useText();
  const templates = useView<Rows<Template>>("/templates");
  const leaving = useView<Leaving>(`/spaces/${space}/leaving`);
  const { open, problem, sending } = useOpenApart(space, detail, templates.data?.rows ?? []);
  const [name, setName] = useState("");
  const [nameless, setNameless] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // What was chosen when the list of what leaves was asked for; null before.
  const [review, setReview] = useState<ReadonlySet<string> | null>(null);
  if (leaving.isPending || templates.isPending) return <Loading />;
  if (leaving.isLoadingError)
    return <Failure error={leaving.error} onAgain={() => void leaving.refetch()} />;
  const items = leaving.data.items.filter(({ kind }) => kind !== "channel");
  const tooMany = chosen.size > copiedMax;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setNameless(!name.trim());
    if (!name.trim() || tooMany) return;
    if (review === null && chosen.size > 0) {
      setReview(chosen);
      return;
    }
    // In the order of the list: a page stays below its page when that one goes along.
    const ids = items.map(({ id }) => id).filter((id) => chosen.has(id));
    void open(name.trim(), ids);
  };
  return (
    <form className={styles.leaving} onSubmit={submit} noValidate>
      <TextField
        label={t("share-name")}
        help={t("share-name-help")}
        problem={nameless ? t("share-name-missing") : undefined}
        value={name}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      {review === null ? (
        <ItemChoices items={items} chosen={chosen} onChange={setChosen} />
      ) : (
        <ChosenItems
          items={items.filter(({ id }) => review.has(id))}
          chosen={chosen}
          onChange={setChosen}
        />
      )}
      {tooMany && <Notice problem>{t("share-too-many", { count: copiedMax })}</Notice>}
      {problem && <Notice problem>{problem}</Notice>}
      <div className={styles.end}>
        {review !== null && (
          <Button disabled={sending} onClick={() => setReview(null)}>
            {t("share-change")}
          </Button>
        )}
        <Button type="submit" variant="primary" widePhone disabled={sending}>
          {t(review === null && chosen.size > 0 ? "share-see" : "share-open")}
        </Button>
        {sending && <span className="meta">{t("saving-sending")}</span>}
      </div>
    </form>
  );
}

/** Opens the space and copies into it; asked again after a failure, it does only what is left. */
function useOpenApart(space: string, detail: SpaceDetail, templates: readonly Template[]) {
  const { t } = useText();
  const run = useRun();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const opened = useRef<string>(undefined);
  const { row } = detail;
  // The plain one, whose words a partner understands.
  const template = templates.find(({ id }) => id === "project-partner");

  const openSpace = async (name: string): Promise<string | undefined> => {
    if (!template) return undefined;
    const answer = await run({
      feature: "space",
      do: "open",
      kind: template.kind,
      template: template.id,
      name,
      // Beside the space it was copied from, in another colour.
      colour: colours[(colours.indexOf(row.colour) + 1) % colours.length] ?? "haie",
      symbol: row.symbol,
      visibility: "hidden",
      description: "",
    });
    return answer.space;
  };
  const open = async (name: string, items: string[]) => {
    setProblem(null);
    setSending(true);
    try {
      opened.current ??= await openSpace(name);
      if (opened.current === undefined) {
        setProblem(t("open-space-template-missing"));
      } else {
        const to = opened.current;
        if (items.length > 0) {
          await run({ feature: "space", do: "copyItems", space: to, from: space, items });
        }
        navigate(`/espaces/${to}/partenaires#inviter-ici`);
      }
    } catch (error) {
      setProblem((error as Error).message);
    }
    setSending(false);
  };
  return { open, problem, sending };
}
