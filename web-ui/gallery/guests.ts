/** Partners of the gallery: an architect's office with a site of its own, and people with accounts. */
import type {
  CopyList,
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
  mayEnd: true,
  copies: 4,
  reachable: true,
};

/** The members of a space as they stand beside its partners' people. */
export const membersWithGuests: Member[] = [
  ...members,
  {
    person: gael,
    role: "commenter",
    sinceMs: at(9, 0, 20),
    addedBy: karim,
    manager: false,
    sponsor: false,
    groups: [],
    byName: true,
  },
];

const named = (row: ItemRow, holds: number) => ({
  id: row.id,
  kind: row.kind,
  title: row.title,
  holds,
  changedMs: row.changedMs,
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
  site: { id: hex("Châteaubriant", 64), name: "Châteaubriant" },
  qrSvg:
    '<?xml version="1.0" standalone="yes"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="232" height="232" viewBox="0 0 232 232" shape-rendering="crispEdges"><rect x="0" y="0" width="232" height="232" fill="#fff"/><path fill="#000" d="M32 32h56v56H32V32M144 32h56v56H144V32M32 144h56v56H32V144M104 104h24v24H104V104M144 144h24v24H144V144"/></svg>',
};

/** Copies in a partner's space, in every state. */
export const copyList: CopyList = {
  rows: [
    {
      item: hex("copy plan", 32),
      kind: "page",
      title: "Plan de phasage des travaux",
      by: claire,
      atMs: at(9, 30, 12),
      writtenHere: true,
      state: "changed",
      original: {
        space: hex("Collège du Don", 64),
        spaceName: "Rénovation du collège du Don",
        item: hex("plan", 32),
        title: "Plan de phasage des travaux, version de novembre",
        changedMs: at(17, 5, 1),
        changedBy: karim,
      },
    },
    {
      item: hex("copy news", 32),
      kind: "post",
      title: "Le chantier ouvre lundi",
      by: claire,
      atMs: at(9, 30, 12),
      writtenHere: false,
      state: "current",
      original: {
        space: hex("Collège du Don", 64),
        spaceName: "Rénovation du collège du Don",
        item: hex("news", 32),
        title: "Le chantier ouvre lundi",
        changedMs: at(9, 0, 13),
        changedBy: claire,
      },
    },
    {
      item: hex("copy old", 32),
      kind: "page",
      title: "Ancien règlement",
      by: karim,
      atMs: at(14, 0, 40),
      writtenHere: false,
      state: "erased",
      original: null,
    },
    {
      item: hex("copy other", 32),
      kind: "page",
      title: "Fiche de sécurité",
      by: karim,
      atMs: at(14, 0, 40),
      writtenHere: false,
      state: "unreadable",
      original: null,
    },
  ],
};
