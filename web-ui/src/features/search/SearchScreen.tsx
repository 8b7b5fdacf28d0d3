/** «Chercher»: one box over names and titles in my spaces. The site ignores accents and case. */

import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useView } from "../../api/context.tsx";
import type { Rows, SearchRow } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { rowLink, Strip, StripRow } from "../../land/Field.tsx";
import { EmptyState, Loading } from "../../parts/small.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { Link } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { itemAddress } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import styles from "./Search.module.css";

const shortestSearch = 2;

export default function SearchScreen() {
  const { t } = useText();
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const field = useRef<HTMLInputElement>(null);
  // One came here to type.
  useEffect(() => field.current?.focus(), []);
  return (
    <Screen title={t("nav-search")}>
      <search className={styles.search}>
        <TextField
          ref={field}
          label={t("search-label")}
          icon={Search}
          type="search"
          main
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {asked.length >= shortestSearch ? (
          <Results text={asked} />
        ) : (
          <p className="meta">{t("search-help")}</p>
        )}
      </search>
    </Screen>
  );
}

function Results({ text }: { text: string }) {
  const { t, shown, sentenceWhen } = useText();
  const view = useView<Rows<SearchRow>>(`/search?q=${encodeURIComponent(text)}`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  const { rows } = view.data;
  return (
    <>
      <p role="status" className="meta">
        {t("search-count", { count: rows.length })}
      </p>
      {rows.length === 0 ? (
        <EmptyState title={t("search-none", { text })} text={t("search-none-why")} />
      ) : (
        <Strip label={t("search-results")}>
          {rows.map(({ space, item }, index) => (
            <StripRow
              key={item?.id ?? space.id}
              look={space}
              index={index}
              last={index === rows.length - 1}
              className={styles.row}
            >
              <p className={styles.name}>
                <Link to={item ? itemAddress(item) : `/espaces/${space.id}`} className={rowLink}>
                  {shown(item?.title ?? space.name)}
                </Link>
              </p>
              <p className="meta">
                {item
                  ? [
                      t("item-kind", { kind: item.kind }),
                      shown(space.name),
                      sentenceWhen(item.changedMs),
                    ].join(" · ")
                  : t("space-people", {
                      kind: space.kind,
                      people: space.people,
                      guests: space.guests,
                    })}
              </p>
            </StripRow>
          ))}
        </Strip>
      )}
    </>
  );
}
