/** What managers look after, invented: held work, requests to enter, the trail; a closed space. */
import type {
  AuditPage,
  AuditRow,
  HeldPage,
  HeldRow,
  SpaceDetail,
  SpaceRow,
} from "../src/api/types.ts";
import {
  at,
  claire,
  detailOf,
  hex,
  karim,
  marie,
  solene,
  spaceAt,
  sylvie,
  yannick,
} from "./fixtures.ts";

const ancenis = { id: hex("ancenis", 64), name: "Ancenis" };
const nantes = { id: hex("nantes", 64), name: "Nantes" };
const space = spaceAt(0);

const trail = (short: Partial<AuditRow> & Pick<AuditRow, "action" | "by" | "atMs">): AuditRow => ({
  id: hex(`${short.action}${short.atMs}`, 64),
  site: nantes,
  root: false,
  person: null,
  aboutSite: null,
  role: null,
  realmRights: [],
  sponsor: null,
  endMs: null,
  count: null,
  reason: "",
  group: null,
  state: "counts",
  why: null,
  ...short,
});

const held = (short: Partial<HeldRow> & Pick<HeldRow, "title" | "why">): HeldRow => ({
  id: hex(`held${short.title}`, 64),
  space: space.id,
  spaceName: space.name,
  entries: [hex(`entry${short.title}`, 64)],
  item: hex(short.title, 32),
  kind: "message",
  text: short.title,
  words: short.title.split(" ").length,
  person: yannick,
  site: ancenis,
  fromMs: at(17, 20, 1),
  toMs: at(17, 42, 1),
  by: claire,
  byMs: at(16, 55, 1),
  note: "",
  aside: null,
  decision: null,
  ...short,
});

export const heldPage: HeldPage = {
  rows: [
    held({
      title: "Le camion de 7 h est annulé, <b>prévenir le gardien</b>",
      why: "removed",
    }),
    held({
      kind: "page",
      title: "Plan de phasage des travaux",
      text: "La grue reste jusqu’au 18 décembre, rue des Vannes.",
      words: 43,
      why: "closed",
      person: marie,
    }),
    held({ kind: "page", title: "Relevé de chantier", text: null, words: null, why: "forked" }),
    held({
      kind: "rights",
      item: null,
      title: "",
      text: null,
      words: null,
      why: "notDescended",
      by: null,
      byMs: null,
      person: karim,
      decision: trail({
        action: "grant",
        by: karim,
        atMs: at(17, 42, 1),
        person: sylvie,
        role: "contributor",
        state: "held",
        why: "notDescended",
      }),
    }),
  ],
  next: null,
  requests: [
    {
      id: hex("request", 32),
      person: marie,
      reason: "Je remplace Solène à la cuisine de janvier à mars.",
      atMs: at(8, 2),
      declined: false,
    },
  ],
  aside: 1,
};

export const asidePage: HeldPage = {
  rows: [
    held({
      title: "Devis de la société Untel",
      why: "quarantined",
      note: "Nomme une entreprise qui n’a pas encore répondu.",
      aside: claire,
    }),
  ],
  next: null,
  requests: [],
  aside: 0,
};

export const auditPage: AuditPage = {
  rows: [
    trail({ action: "readmit", by: claire, atMs: at(8, 40), count: 1 }),
    trail({ action: "revoke", by: claire, atMs: at(16, 55, 1), person: yannick }),
    trail({
      action: "grant",
      by: yannick,
      atMs: at(17, 10, 1),
      site: ancenis,
      person: sylvie,
      role: "manager",
      state: "void",
      why: "removed",
    }),
    trail({
      action: "grant",
      by: claire,
      atMs: at(9, 0, 20),
      person: marie,
      role: "contributor",
      sponsor: claire,
      endMs: at(18, 0, -120),
    }),
    trail({
      action: "grant",
      by: claire,
      atMs: at(9, 0, 21),
      person: solene,
      role: "contributor",
      group: "Cuisines du Nord",
    }),
    trail({ action: "hostAdd", by: claire, atMs: at(9, 0, 40), aboutSite: ancenis }),
    trail({ action: "create", by: claire, atMs: at(8, 30, 40) }),
  ],
  next: null,
};

export const siteAuditPage: AuditPage = {
  rows: [
    trail({ action: "hostAdd", by: claire, atMs: at(10, 0, 30), aboutSite: ancenis }),
    trail({
      action: "grant",
      by: claire,
      atMs: at(9, 0, 40),
      person: karim,
      realmRights: ["technician"],
      root: true,
    }),
    trail({ action: "create", by: claire, atMs: at(8, 30, 40) }),
  ],
  next: null,
};

/** The third space of the list as it is once it was closed. */
export const closedSpace = (): SpaceDetail => {
  const row: SpaceRow = { ...spaceAt(2), closed: true };
  return { ...detailOf(row), closed: { by: claire, atMs: at(17, 0, 3) }, ownHeld: 1 };
};

/** The seventh as somebody sees it who has to ask. */
export const askedSpace = (): SpaceDetail => {
  const outside = { visibility: "request", member: false, role: null, last: null } as const;
  const row: SpaceRow = { ...spaceAt(6), ...outside };
  return { ...detailOf(row), sections: [], canAsk: true };
};
