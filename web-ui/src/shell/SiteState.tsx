/**
 * The state that stands at the same place on every screen: what waits on this device, else how
 * current this site is. A distant site being late is said calmly, never as an alarm.
 */
import { useLine, useLinks, useMe, useWaiting } from "../api/context.tsx";
import type { SiteLink } from "../api/types.ts";
import { Currency, SavingState } from "../parts/SavingState.tsx";
import { useText } from "../text/context.tsx";

/** The one site worth naming: the one unheard for longest, else the one heard last. */
export function namedSite(links: readonly SiteLink[]): SiteLink | undefined {
  const byNews = [...links].sort((one, other) => (one.lastNewsMs ?? 0) - (other.lastNewsMs ?? 0));
  return byNews.find((link) => !link.connected) ?? byNews.at(-1);
}

export function SiteState() {
  const { t, sentenceWhen, clock } = useText();
  const waiting = useWaiting();
  const line = useLine();
  const links = useLinks();
  const me = useMe();
  const refused = waiting.find((row) => row.refused !== undefined);
  if (refused?.refused) return <SavingState saving={{ state: "problem", text: refused.refused }} />;
  if (waiting.length > 0) {
    return <SavingState saving={{ state: "device", count: waiting.length }} />;
  }
  // Not known yet: nothing is claimed. The place stays, so that nothing moves a moment later.
  if (line === "connecting") return null;
  if (line === "cut") {
    return <Currency filled={1} word={t("state-no-line", { site: me.site.name })} />;
  }
  const named = namedSite(links);
  if (!named) return <Currency filled={3} word={t("state-current")} />;
  if (named.connected) {
    const rest =
      named.lastNewsMs === null
        ? undefined
        : t("state-last-news", { site: named.name, when: sentenceWhen(named.lastNewsMs) });
    return <Currency filled={3} word={t("state-current")} rest={rest} />;
  }
  const rest =
    named.lastNewsMs === null
      ? t("state-never-heard", { site: named.name })
      : t("state-late", {
          site: named.name,
          when: sentenceWhen(named.lastNewsMs),
          time: clock(named.lastNewsMs),
        });
  return <Currency filled={2} word={t("state-current-here")} rest={rest} />;
}
