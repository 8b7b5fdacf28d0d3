/**
 * Believable data of a departmental council, for the gallery and the unit tests. Everything is
 * invented; shapes are those of docs/api.md. Never part of what is shipped.
 */

import type {
  ActivityLine,
  ChannelRow,
  Colour,
  ItemDetail,
  ItemRow,
  Kept,
  Me,
  Member,
  MessagePage,
  PersonRef,
  SpaceDetail,
  SpaceKind,
  SpaceRow,
  Today,
  Welcome,
} from "../src/api/types.ts";
import { pageHtml, templates } from "./texts";

/** Tuesday 24 November 2026, 8 h 53 in Nantes. */
export const now = Date.UTC(2026, 10, 24, 7, 53);
const minute = 60_000;
const day = 24 * 60 * minute;
/** A moment of today by its clock in Nantes. */
export const at = (hour: number, minutes: number, daysAgo = 0) =>
  Date.UTC(2026, 10, 24, hour - 1, minutes) - daysAgo * day;

export const hex = (seed: string, length: number) => {
  let value = 7;
  for (const character of seed) value = (value * 33 + character.charCodeAt(0)) >>> 0;
  return value.toString(16).padStart(8, "0").repeat(8).slice(0, length);
};

const person = (name: string, site: string, job?: string): PersonRef => ({
  id: hex(name, 32),
  name,
  site,
  job,
});

export const claire = person("Claire Le Goff", "Châteaubriant", "cheffe de projet");
export const karim = person("Karim Benali", "Nantes", "bâtiments");
export const sylvie = person("Sylvie Hervé", "Châteaubriant", "collège du Don");
export const yannick = person("Yannick Moreau", "Châteaubriant", "sur la route");
export const patrick = person("Patrick Guillet", "Châteaubriant", "centre de Derval");
export const nadine = person("Nadine Rousseau", "Nantes", "diététicienne");
export const marie = person("Marie Tessier", "Ancenis", "cuisine de Nort-sur-Erdre");
export const solene = person("Solène Hamon", "Châteaubriant", "cuisine du collège du Don");
export const people = [claire, karim, sylvie, yannick, patrick, nadine, marie, solene];

export const everywhere: Kept = {
  state: "everywhere",
  sites: ["Châteaubriant", "Nantes", "Ancenis"],
};
export const some: Kept = { state: "some", sites: ["Châteaubriant", "Nantes"] };
export const here: Kept = { state: "here", sites: ["Châteaubriant"] };

export const welcome: Welcome = {
  site: { id: hex("site", 64), name: "Châteaubriant" },
  realm: { name: "Département de Loire-Atlantique" },
  contact: "Support, poste 4455",
  language: "fr",
  signedIn: true,
};

export const me: Me = {
  person: { ...claire, login: "claire.legoff" },
  rights: { openSpaces: true, technician: true, registrar: true },
  site: welcome.site,
  language: "fr",
  theme: "auto",
  csrf: "c5rf",
  moved: null,
  letIn: null,
};

const line = (
  verb: ActivityLine["verb"],
  kind: string,
  who: PersonRef,
  title: string,
  atMs: number,
) => ({
  verb,
  kind,
  title,
  person: who,
  atMs,
  item: hex(title, 32),
});

type SpaceShort = [
  name: string,
  kind: SpaceKind,
  colour: Colour,
  symbol: string,
  people: number,
  guests: number,
  territory: string,
  unread: number,
  last: ActivityLine,
];

const shorts: SpaceShort[] = [
  [
    "Rénovation du collège du Don",
    "project",
    "brique",
    "school",
    18,
    4,
    "Châteaubriant",
    4,
    line("changed", "page", karim, "Plan de phasage", at(8, 47)),
  ],
  [
    "Voirie Châteaubriant",
    "team",
    "ajonc",
    "cone",
    42,
    0,
    "Châteaubriant",
    3,
    line("wrote", "message", yannick, "Chantiers du jour", at(8, 12)),
  ],
  [
    "Allergies alimentaires",
    "practice",
    "haie",
    "wheat",
    136,
    0,
    "Les six territoires",
    0,
    line("wrote", "comment", nadine, "Tahin dans la purée du lot B", at(16, 20, 1)),
  ],
  [
    "Cuisines du pays de Châteaubriant",
    "team",
    "pommier",
    "pot",
    27,
    0,
    "Châteaubriant et Ancenis",
    0,
    line("created", "page", solene, "Fiche froid", at(11, 5, 1)),
  ],
  [
    "Viabilité hivernale 2026-2027",
    "project",
    "loire",
    "snow",
    64,
    0,
    "Les six territoires",
    0,
    line("changed", "page", marie, "Tour d’astreinte de décembre", at(9, 40, 1)),
  ],
  [
    "Signalisation de chantier",
    "practice",
    "ardoise",
    "sign",
    88,
    2,
    "Nantes",
    0,
    line("wrote", "post", patrick, "Panneaux de déviation", at(10, 0, 5)),
  ],
  [
    "Bac à sable de Claire",
    "sandbox",
    "sarrasin",
    "shovel",
    1,
    0,
    "Châteaubriant",
    0,
    line("changed", "page", claire, "Essai", at(10, 0, 12)),
  ],
];

export const spaces: SpaceRow[] = shorts.map(
  ([name, kind, colour, symbol, count, guests, territory, unread, last], index) => ({
    id: hex(name, 64),
    kind,
    name,
    description: "",
    colour,
    symbol,
    visibility: index === 6 ? "hidden" : "open",
    people: count,
    guests,
    member: true,
    role: "manager",
    territory,
    unread,
    changedMs: last.atMs,
    last,
    kept: index === 6 ? some : everywhere,
    lateSites: index === 2 || index === 4 ? [{ name: "Saint-Nazaire", lastNewsMs: at(6, 40) }] : [],
    closed: false,
  }),
);

/** A space of the list by its place; the list is constant, so a missing one is a mistake here. */
export function spaceAt(index: number): SpaceRow {
  const space = spaces[index];
  if (!space) throw new Error(`no space ${index} in the fixtures`);
  return space;
}

export const detailOf = (row: SpaceRow): SpaceDetail => ({
  row,
  sections: ["wall", "pages", "messages"],
  me: row.role,
  root: hex(`${row.name} root`, 32),
  rightsAgeMs: null,
  canJoin: false,
  partners: true,
  canAsk: false,
  asked: null,
  closed: null,
  toCheck: 0,
  ownHeld: 0,
});

type ItemShort = Pick<ItemRow, "kind" | "title" | "author" | "createdMs"> & Partial<ItemRow>;

export const item = (space: SpaceRow, short: ItemShort): ItemRow => ({
  id: hex(`${short.kind}${short.title}${short.createdMs}`, 32),
  space: space.id,
  parent: hex(`${space.name} root`, 32),
  changedMs: short.createdMs,
  changedBy: short.author,
  arrivedMs: null,
  order: short.createdMs.toString(16).padStart(16, "0"),
  kept: everywhere,
  counts: { comments: 0, thanks: 0 },
  mine: { thanked: false, unread: false, canChange: short.author.id === claire.id },
  conflicts: {},
  others: [],
  fields: {},
  ...short,
});

const don = spaceAt(0);
const roads = spaceAt(1);

export const pages: ItemRow[] = [
  item(don, {
    kind: "page",
    title: "Compte rendu de chantier n° 7",
    author: sylvie,
    createdMs: at(17, 2, 4),
  }),
  item(don, {
    kind: "page",
    title: "Plan de phasage des travaux",
    author: karim,
    createdMs: at(10, 0, 6),
    changedMs: at(8, 47),
    kept: some,
    counts: { comments: 2, thanks: 3 },
    mine: { thanked: false, unread: true, canChange: true },
  }),
  item(don, {
    kind: "page",
    title: "Qui prévenir en cas de coupure",
    author: claire,
    createdMs: at(14, 0, 9),
  }),
];

const comment = (on: ItemRow, author: PersonRef, text: string, createdMs: number) =>
  item(don, {
    kind: "comment",
    title: "",
    author,
    createdMs,
    parent: on.id,
    fields: { text, on: on.id },
  });

export function pageDetail(row: ItemRow): ItemDetail {
  return {
    row,
    html: pageHtml,
    comments: [
      comment(
        row,
        sylvie,
        "Le 4, le gardien est encore en congé. Peut-on viser le mardi 5 ?",
        at(17, 40, 1),
      ),
      comment(row, karim, "D’accord pour moi, je vois avec l’entreprise.", at(8, 40)),
    ],
    thanks: [nadine],
    backTo: don.id,
    visibleTo: { people: 18, guests: 4 },
    editing: [karim],
    writable: true,
    roomLeft: 9_000,
  };
}

export const posts: ItemRow[] = [
  item(don, {
    kind: "post",
    title: "Réunion de chantier n° 8 mardi à 14 h",
    author: karim,
    createdMs: at(8, 30),
    counts: { comments: 2, thanks: 5 },
    mine: { thanked: true, unread: false, canChange: false },
    fields: {
      text: "",
      html: "<p>Sur place, entrée rue des Vannes. À l’ordre du jour : le phasage, l’accès des camions, la demi-pension.</p><p>Casques au bureau du gardien.</p>",
    },
  }),
  item(don, {
    kind: "post",
    title: "Trois photos du préau",
    author: sylvie,
    createdMs: at(15, 12, 1),
    mine: { thanked: false, unread: false, canChange: false },
    counts: { comments: 0, thanks: 0 },
    fields: { text: "", html: "<p>Le préau est vide : on peut mesurer dès jeudi.</p>" },
  }),
];

export const members: Member[] = [claire, karim, sylvie, solene, marie].map((who, index) => ({
  person: who,
  role: index < 2 ? "manager" : index === 4 ? "viewer" : "contributor",
  sinceMs: at(9, 0, 30 + index),
  addedBy: index === 0 ? null : claire,
  manager: index < 2,
  sponsor: index === 2,
  groups: index === 2 || index === 3 ? ["Cuisines du Nord"] : [],
  byName: index !== 3,
}));

const channel = (space: SpaceRow, title: string, author: PersonRef) =>
  item(space, { kind: "channel", title, author, createdMs: at(8, 0, 60) });

const message = (
  space: SpaceRow,
  parent: ItemRow,
  author: PersonRef,
  text: string,
  createdMs: number,
  more: Partial<ItemRow> = {},
) =>
  item(space, {
    kind: "message",
    title: text,
    author,
    createdMs,
    parent: parent.id,
    fields: { text, edited: false, withdrawn: false },
    ...more,
  });

export const daily = channel(roads, "Chantiers du jour", patrick);

export const messages: ItemRow[] = [
  message(
    roads,
    daily,
    patrick,
    "Équipe 2 partie pour les accotements de la RD 775. Retour prévu à 11 h 30.",
    at(7, 5),
  ),
  message(
    roads,
    daily,
    claire,
    "Merci. Je passe au collège du Don à 14 h, dites-moi si la rue des Vannes est dégagée.",
    at(7, 31),
  ),
  message(
    roads,
    daily,
    yannick,
    "Arbre tombé RD 178, une voie libre, j’attends l’élagueuse.",
    at(8, 12),
  ),
  message(
    roads,
    daily,
    patrick,
    "Élagueuse sur place dans 40 minutes. Alternat manuel en attendant.",
    at(8, 15),
  ),
  message(roads, daily, yannick, "Reçu. Peut-on fermer jeudi pour la souche ?", at(8, 21), {
    counts: { comments: 0, thanks: 2 },
  }),
  message(roads, daily, claire, "Oui, de 9 h à 12 h. Je préviens les cars scolaires.", at(8, 53), {
    kept: here,
  }),
];

export const messagePage: MessagePage = {
  channel: daily,
  rows: messages,
  before: null,
  unread: 3,
  firstUnread: messages[2]?.id ?? null,
};

const channelRow = (
  space: SpaceRow,
  title: string,
  who: PersonRef,
  text: string,
  atMs: number,
  unread: number,
): ChannelRow => {
  const row = channel(space, title, who);
  return { channel: row, space, unread, last: message(space, row, who, text, atMs) };
};

export const channels: ChannelRow[] = [
  channelRow(don, "Réunions de chantier", karim, "ordre du jour du n° 8", at(8, 47), 4),
  { channel: daily, space: roads, unread: 3, last: messages[4] ?? null },
  channelRow(spaceAt(4), "Astreinte", marie, "décembre est rempli", at(9, 40, 1), 0),
  channelRow(spaceAt(3), "Commandes", solene, "livraison avancée", at(14, 0, 4), 0),
];

export const today: Today = {
  dateMs: now,
  toRead: [
    {
      item: item(spaceAt(2), {
        kind: "post",
        title: "Cantines : le tableau des 14 allergènes est à jour",
        author: nadine,
        createdMs: at(16, 5, 1),
      }),
      space: spaceAt(2),
    },
    {
      item: item(spaceAt(4), {
        kind: "post",
        title: "Neige mercredi matin : qui est d’astreinte, qui prévenir",
        author: patrick,
        createdMs: at(7, 40),
      }),
      space: spaceAt(4),
    },
  ],
  changes: spaces.slice(0, 5).map((space) => ({ space, lines: space.last ? [space.last] : [] })),
  unreadMessages: 7,
  toCheck: [{ space: spaceAt(0), count: 5 }],
  ownHeld: 1,
};

export { ownData, sessions } from "./sessions";
export { pageHtml, templates };
