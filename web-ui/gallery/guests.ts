/** Partners of the gallery: an architect's office with a site of its own, and people with accounts. */
import type {
  GuestList,
  GuestPersonReady,
  GuestTicketReady,
  ItemRow,
  Leaving,
  Member,
  PersonRef,
} from "../src/api/types.ts";
import { at, channels, claire, hex, karim, members, pages, posts } from "./fixtures.ts";

const partner = (name: string, organisation: string, site = "Châteaubriant"): PersonRef => ({
  id: hex(name, 32),
  name,
  site,
  partner: organisation,
});

export const lea = partner("Léa Ménard", "Atelier Ménard architectes", "Atelier Ménard");
export const gael = partner("Gaël Ropars", "Bureau de contrôle Socotel");
export const odile = partner("Odile Février", "Association des parents d’élèves du Don");

/** The evening of a day some days from today. */
const evening = (daysAhead: number) => at(23, 59, -daysAhead);

export const six = "cerise tambour vigne lanterne moisson ruban";

export const guestList: GuestList = {
  people: [
    { person: gael, role: "commenter", sponsor: karim, endMs: evening(92), ended: false },
    { person: odile, role: "viewer", sponsor: claire, endMs: evening(-3), ended: true },
  ],
  sites: [
    {
      site: { id: hex("Atelier Ménard", 64), name: "Atelier Ménard" },
      role: "contributor",
      sponsors: ["Châteaubriant", "Nantes"],
      endMs: evening(219),
      ended: false,
      connected: false,
      lastNewsMs: at(18, 12, 1),
      waiting: 3,
      people: [lea.name, "Tristan Ollivier"],
    },
    {
      site: { id: hex("Cuisines Brière", 64), name: "Cuisines Brière" },
      role: "viewer",
      sponsors: ["Châteaubriant"],
      endMs: evening(-10),
      ended: true,
      connected: false,
      lastNewsMs: null,
      waiting: 0,
      people: [],
    },
  ],
  tickets: [
    { expiresMs: at(17, 30, -1), by: claire.id, usedBy: null, words: null },
    { expiresMs: at(16, 0), by: claire.id, usedBy: "Paysages du Don", words: six },
  ],
  mayInvite: true,
  reachable: true,
};

/** The members of a space as they stand beside its partners' people. */
export const membersWithGuests: Member[] = [
  ...members,
  { person: gael, role: "commenter", sinceMs: at(9, 0, 20), addedBy: karim, manager: false },
];

const named = (row: ItemRow, holds: number) => ({
  id: row.id,
  kind: row.kind,
  title: row.title,
  holds,
});

export const leaving: Leaving = {
  items: [
    ...pages.map((row, index) => named(row, index === 1 ? 2 : 0)),
    ...posts.map((row) => named(row, row.counts.comments)),
    ...channels.slice(0, 1).map(({ channel }) => named(channel, 148)),
  ],
  comments: 4,
  people: members.map(({ person }) => person.name),
};

export const accountReady = (name: string, organisation: string): GuestPersonReady => ({
  person: partner(name, organisation),
  login: "tristan.ollivier",
  password: "k7pm-2xqa-9fhd-tu3c",
});

export const ticketReady: GuestTicketReady = {
  ticket:
    "bocage1-aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qcceirscqljfgq2dqnbwh4ah3kzr5m2wq6tq7v3xj2pyc4r5dsnfe6ul7waobk4yhzm6gtx3qcvd",
  expiresMs: at(8, 53, -1),
};
