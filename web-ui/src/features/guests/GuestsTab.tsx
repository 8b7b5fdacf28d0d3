/** «Partenaires»: who is in the space from outside, until when, and who answers for them. */
import { Building2, CircleCheck, ClipboardCheck, Files, UserPlus } from "lucide-react";
import { useState } from "react";
import { useView } from "../../api/context.tsx";
import type { GuestList, GuestPerson, GuestSite, GuestTicket } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button } from "../../parts/Button.tsx";
import { PartnerMark, PersonName } from "../../parts/PersonName.tsx";
import { EmptyState, Loading, PersonCircle, SectionHeading } from "../../parts/small.tsx";
import { useLocation, useNavigate } from "../../shell/routing.tsx";
import { useSpaceId } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { Copies } from "./Copies.tsx";
import styles from "./Guests.module.css";
import { InvitePartner } from "./InvitePartner.tsx";
import { EndStay, RenewStay, type Stay } from "./StayDialogs.tsx";
import { SixWords, useAskedAgain } from "./tickets.tsx";

/** What stands after «#»: inviting is a place of its own, and «back» leads out of it. */
export const invitingMark = "inviter";
/** The same in a space that was just opened for a partner: what to share is chosen already. */
export const invitingHereMark = "inviter-ici";
/** What was copied here, to be brought up to date. */
export const copiesMark = "copies";

export default function GuestsTab() {
  const space = useSpaceId();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const view = useView<GuestList>(`/spaces/${space}/guests`);
  if (view.isPending) return <Loading />;
  if (view.isLoadingError)
    return <Failure error={view.error} onAgain={() => void view.refetch()} />;
  const guests = view.data;
  const base = `/espaces/${space}/partenaires`;
  if (guests.mayInvite && (hash === invitingMark || hash === invitingHereMark)) {
    return (
      <InvitePartner
        guests={guests}
        chosen={hash === invitingHereMark}
        onDone={() => navigate(base)}
      />
    );
  }
  if (guests.mayEnd && hash === copiesMark) {
    return <Copies space={space} onDone={() => navigate(base)} />;
  }
  return (
    <Guests
      space={space}
      guests={guests}
      onInvite={() => navigate(`${base}#${invitingMark}`)}
      onCopies={() => navigate(`${base}#${copiesMark}`)}
    />
  );
}

type Asked = { what: "renew" | "end"; stay: Stay };
type GuestsProps = {
  space: string;
  guests: GuestList;
  onInvite: () => void;
  onCopies: () => void;
};

function Guests({ space, guests, onInvite, onCopies }: GuestsProps) {
  const { t } = useText();
  const [asked, setAsked] = useState<Asked | null>(null);
  const { people, sites, tickets, mayInvite, mayEnd, copies } = guests;
  const close = () => setAsked(null);
  const none = people.length + sites.length + tickets.length === 0;
  return (
    <div className={styles.list}>
      <SectionHeading title={t("guests-title")}>
        {mayInvite && (
          <Button variant="primary" icon={UserPlus} onClick={onInvite}>
            {t("guests-invite")}
          </Button>
        )}
      </SectionHeading>
      {none ? (
        <EmptyState title={t("guests-none")} text={t("guests-none-why")} />
      ) : (
        <p className="meta">{t("guests-lead")}</p>
      )}
      {copies > 0 && (
        <section aria-labelledby="guest-copies" className={styles.facts}>
          <h3 id="guest-copies">{t("copies-count", { count: copies })}</h3>
          <p className="meta">{t("copies-why")}</p>
          <div className={styles.end}>
            <Button icon={Files} onClick={onCopies}>
              {t("copies-see")}
            </Button>
          </div>
        </section>
      )}
      <Tickets tickets={tickets} space={space} />
      {sites.length > 0 && (
        <section aria-labelledby="guest-sites">
          <h3 id="guest-sites">{t("guests-sites", { count: sites.length })}</h3>
          <ul>
            {sites.map((guest) => (
              <SiteRow
                key={guest.site.id}
                guest={guest}
                mayAct={mayInvite}
                mayEnd={mayEnd}
                onAsk={(what) => setAsked({ what, stay: { of: "site", guest } })}
              />
            ))}
          </ul>
        </section>
      )}
      {people.length > 0 && (
        <section aria-labelledby="guest-people">
          <h3 id="guest-people">{t("guests-people", { count: people.length })}</h3>
          <ul>
            {people.map((guest) => (
              <PersonRow
                key={guest.person.id}
                guest={guest}
                mayAct={mayInvite}
                mayEnd={mayEnd}
                onAsk={(what) => setAsked({ what, stay: { of: "person", guest } })}
              />
            ))}
          </ul>
        </section>
      )}
      {asked?.what === "renew" && <RenewStay space={space} stay={asked.stay} onClose={close} />}
      {asked?.what === "end" && <EndStay space={space} stay={asked.stay} onClose={close} />}
    </div>
  );
}

type RowProps<Guest> = {
  guest: Guest;
  mayAct: boolean;
  mayEnd: boolean;
  onAsk: (what: Asked["what"]) => void;
};

/** Until when, or that it is over: with a word, whatever the colours. */
function Until({ endMs, ended }: { endMs: number | null; ended: boolean }) {
  const { t } = useText();
  if (endMs === null) return <p className="meta">{t("stay-no-end")}</p>;
  const end = new Date(endMs);
  if (!ended) return <p className="meta">{t("stay-ends", { end })}</p>;
  return (
    <p className={styles.over}>
      <CircleCheck aria-hidden="true" size={18} strokeWidth={1.9} />
      {t("stay-ended", { end })}
    </p>
  );
}

function StayButtons({ name, ended, mayEnd, onAsk }: StayButtonsProps) {
  const { t } = useText();
  return (
    <div className={styles.buttons}>
      <Button aria-label={t("stay-renew-this", { name })} onClick={() => onAsk("renew")}>
        {t("stay-renew")}
      </Button>
      {mayEnd && (
        <Button
          variant="danger"
          aria-label={t(ended ? "stay-remove-this" : "stay-end-this", { name })}
          onClick={() => onAsk("end")}
        >
          {t(ended ? "stay-remove" : "stay-end")}
        </Button>
      )}
    </div>
  );
}

type StayButtonsProps = {
  name: string;
  ended: boolean;
  mayEnd: boolean;
  onAsk: (what: Asked["what"]) => void;
};

function PersonRow({ guest, mayAct, mayEnd, onAsk }: RowProps<GuestPerson>) {
  const { t } = useText();
  const { person, role, sponsor, endMs, ended } = guest;
  return (
    <li className={styles.row}>
      <PersonCircle id={person.id} name={person.name} size={44} />
      <div className={styles.facts}>
        <p className={styles.name}>
          <PersonName person={person} />
        </p>
        <p className="meta">
          {t("role", { role })}
          {" · "}
          {t("guest-sponsor", { name: sponsor.name })}
        </p>
        <Until endMs={endMs} ended={ended} />
      </div>
      {mayAct && <StayButtons name={person.name} ended={ended} mayEnd={mayEnd} onAsk={onAsk} />}
    </li>
  );
}

function SiteRow({ guest, mayAct, mayEnd, onAsk }: RowProps<GuestSite>) {
  const { t, shown, sentenceWhen } = useText();
  const { site, role, sponsors, endMs, ended, connected, lastNewsMs, waiting, people } = guest;
  const news = connected
    ? t("guest-online")
    : lastNewsMs === null
      ? t("guest-no-news")
      : t("guest-news", { when: sentenceWhen(lastNewsMs) });
  const names = (list: string[]) =>
    new Intl.ListFormat(document.documentElement.lang).format(list.map(shown));
  return (
    <li className={styles.row}>
      <span className={styles.place} aria-hidden="true">
        <Building2 size={22} strokeWidth={1.9} />
      </span>
      <div className={styles.facts}>
        <p className={styles.name}>
          {shown(site.name)} <PartnerMark />
        </p>
        <p className="meta">
          {t("role", { role })}
          {" · "}
          {news}
        </p>
        <p className="meta">
          {t("guest-looked-after", { count: sponsors.length, sites: names(sponsors) })}
        </p>
        <p className="meta">
          {people.length > 0
            ? t("guest-its-people", { count: people.length, names: names(people) })
            : t("guest-nobody-wrote")}
        </p>
        <Until endMs={endMs} ended={ended} />
        {waiting > 0 && (
          <p className={styles.toCheck}>
            <ClipboardCheck aria-hidden="true" size={18} strokeWidth={1.9} />
            {t("guest-waiting", { count: waiting })}
          </p>
        )}
      </div>
      {mayAct && <StayButtons name={site.name} ended={ended} mayEnd={mayEnd} onAsk={onAsk} />}
    </li>
  );
}

/** Open tickets, and the six words of those that were used. */
function Tickets({ tickets, space }: { tickets: GuestTicket[]; space: string }) {
  const { t, clock } = useText();
  // Words are compared the day a site comes in; a ticket is good for about as long.
  const recent = tickets.filter(({ expiresMs }) => expiresMs > Date.now());
  const open = recent.filter(({ usedBy }) => usedBy === null);
  const used = recent.filter(({ usedBy }) => usedBy !== null);
  useAskedAgain(space, open.length > 0);
  if (open.length + used.length === 0) return null;
  return (
    <section aria-labelledby="guest-tickets">
      <h3 id="guest-tickets">{t("tickets-title")}</h3>
      <ul>
        {used.map(({ usedBy, words, expiresMs }) => (
          <li key={`${usedBy}${expiresMs}`} className={styles.facts}>
            <SixWords site={usedBy ?? ""} words={words ?? ""} />
          </li>
        ))}
        {open.map(({ expiresMs, by }) => (
          <li key={`${by}${expiresMs}`} className="meta">
            {t("ticket-open", { day: new Date(expiresMs), time: clock(expiresMs) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
