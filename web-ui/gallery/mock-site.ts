/**
 * A site made of fixtures, behind `fetch` and `WebSocket`: the interface itself runs unchanged on
 * top of it. For the gallery and the unit tests only; knows the calls of docs/api.md and refuses
 * the rest with 404, as a site does.
 */
import type {
  Command,
  ErrorBody,
  FrameIn,
  FrameOut,
  InviteGuestPerson,
  Me,
  SpaceRow,
} from "../src/api/types.ts";
import { erasurePlan, erasures } from "./erasures.ts";
import * as data from "./fixtures.ts";
import { groupList, spaceGroups } from "./groups.ts";
import * as guests from "./guests.ts";
import {
  asidePage,
  askedSpace,
  auditPage,
  closedSpace,
  heldPage,
  siteAuditPage,
} from "./oversight.ts";
import { siteStatus } from "./site.ts";

export type Call = { method: string; path: string; body: unknown; headers: Headers };

export class MockSite {
  /** Everything that was asked, oldest first. */
  readonly calls: Call[] = [];
  me: Me | null = data.me;
  /** True: the line to the site is down. */
  cut = false;
  /** Answers by path that a test wants instead of the fixtures. */
  readonly answers = new Map<string, unknown>();
  /** Refusals by path: status, code, sentence. */
  readonly refusals = new Map<string, [number, string, string]>();
  /** Refusals by path that a test wants. */
  readonly failures = new Map<string, { status: number; error: ErrorBody }>();
  refuse: ((command: Command) => { code: string; message: string } | undefined) | undefined;
  readonly sockets = new Set<MockSocket>();
  /** What a tab says on its live line, for whoever wants to answer. */
  onFrame: ((frame: FrameOut, say: (answer: FrameIn) => void) => Promise<void>) | undefined;

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const path = String(input).replace("/api/v1", "");
    const method = init.method ?? "GET";
    if (this.cut) throw new TypeError("Failed to fetch");
    const body: unknown = init.body ? JSON.parse(String(init.body)) : undefined;
    this.calls.push({ method, path, body, headers: new Headers(init.headers) });
    const answer = this.#answer(method, path, body);
    const { status = 200, value } = answer;
    return new Response(value === undefined ? null : JSON.stringify(value), { status });
  };

  #answer(method: string, path: string, body: unknown): { status?: number; value?: unknown } {
    if (path === "/welcome") return { value: { ...data.welcome, signedIn: this.me !== null } };
    if (path === "/session" && method === "POST") return this.#signIn(body);
    if (!this.me)
      return refusal(401, "not-signed-in", "Entrez d’abord votre nom et votre mot de passe.");
    if (path === "/session") {
      this.me = null;
      return { status: 204 };
    }
    if (path === "/me/preferences") {
      this.me = { ...this.me, ...(body as Partial<Me>) };
      return { value: this.me };
    }
    if (path === "/me/password") {
      const right = (body as { current: string }).current === "bocage";
      const message = "Votre mot de passe actuel ne convient pas.";
      return right ? { status: 204 } : refusal(401, "wrong-password", message, "current");
    }
    if (path === "/me/deletion") {
      const right = (body as { password: string }).password === "bocage";
      const message = "Votre mot de passe actuel ne convient pas.";
      if (!right) return refusal(401, "wrong-password", message, "password");
      this.me = null;
      return { status: 204 };
    }
    if (path === "/commands") return this.#command(body as Command & { id: string });
    const failure = this.failures.get(path);
    if (failure) return { status: failure.status, value: { error: failure.error } };
    if (method === "POST" && path.endsWith("/guest-sites")) return { value: guests.ticketReady };
    if (method === "POST" && path.endsWith("/guest-people")) {
      const { name, organisation } = body as InviteGuestPerson;
      return { value: guests.accountReady(name, organisation) };
    }
    const [place = ""] = path.split("?");
    const refused = this.refusals.get(place);
    if (refused) return refusal(...refused);
    const value = this.answers.get(path) ?? this.answers.get(place) ?? view(place, path, this.me);
    return value === undefined ? refusal(404, "not-found", "Rien à cette adresse.") : { value };
  }

  #signIn(body: unknown) {
    if ((body as { password: string }).password !== "bocage") {
      return refusal(401, "wrong-password", "Ce nom et ce mot de passe ne vont pas ensemble.");
    }
    this.me = data.me;
    return { value: data.me };
  }

  #command(command: Command & { id: string }) {
    const refused = this.refuse?.(command);
    if (refused) return refusal(403, refused.code, refused.message);
    if (command.feature === "message" && command.do === "send") {
      const row = data.item(data.spaceAt(1), {
        kind: "message",
        title: command.text,
        author: data.claire,
        createdMs: Date.now(),
        parent: command.channel,
        fields: { text: command.text, edited: false, withdrawn: false },
        kept: data.here,
        id: command.id,
      });
      return { value: { item: row.id, order: row.order, row } };
    }
    return { value: { item: command.id, space: "space" in command ? command.space : command.id } };
  }

  /** Says a frame to every open tab. */
  say(frame: FrameIn): void {
    for (const socket of this.sockets) socket.hear(frame);
  }

  readonly openSocket = (): WebSocket => {
    const socket = new MockSocket(this);
    return socket as unknown as WebSocket;
  };
}

const refusal = (status: number, code: string, message: string, field?: string) => ({
  status,
  value: { error: { code, message, field } },
});

function detailOf(space: SpaceRow) {
  if (space.id === data.spaceAt(2).id) return closedSpace();
  if (space.id === data.spaceAt(6).id) return askedSpace();
  return { ...data.detailOf(space), toCheck: space.id === data.spaceAt(0).id ? 5 : 0 };
}

function view(place: string, path: string, me: Me): unknown {
  const rows = (list: unknown[]) => ({ rows: list });
  const space = data.spaces.find((row) => place.startsWith(`/spaces/${row.id}`));
  if (space) {
    const rest = place.slice(`/spaces/${space.id}`.length);
    if (rest === "") return detailOf(space);
    if (rest === "/members") return rows(guests.membersWithGuests);
    if (rest === "/groups") return rows(spaceGroups);
    if (rest === "/guests") return guests.guestList;
    if (rest === "/leaving") return guests.leaving;
    if (rest === "/copies") return guests.copyList;
    if (rest === "/held") return path.includes("aside=yes") ? asidePage : heldPage;
    if (rest === "/audit") return auditPage;
    if (rest === "/erasures") return rows(erasures);
    if (rest.endsWith("/erasure")) {
      const all = [...data.pages, ...data.posts, ...data.messages];
      const row = all.find(({ id }) => rest.includes(id));
      return row && erasurePlan(row);
    }
    if (rest === "/items") {
      const list = path.includes("kind=page") ? data.pages : data.posts;
      return { rows: list.filter((row) => row.space === space.id), next: null };
    }
    if (rest.startsWith("/items/")) {
      const row = [...data.pages, ...data.posts].find(({ id }) => rest.endsWith(id));
      return row && data.pageDetail(row);
    }
    if (rest.endsWith("/messages")) return data.messagePage;
  }
  switch (place) {
    case "/me":
      return me;
    case "/today":
      return data.today;
    case "/spaces": {
      const { searchParams } = new URL(path, "http://site");
      const asked = (searchParams.get("q") ?? "").toLowerCase();
      const list = data.spaces.filter(({ name }) => name.toLowerCase().includes(asked));
      const shown =
        searchParams.get("filter") === "unread" ? list.filter((row) => row.unread) : list;
      return { rows: shown, counts: { mine: 7, all: 212, unread: 2 } };
    }
    case "/channels":
      return rows(data.channels);
    case "/people":
      return rows(data.people);
    case "/search":
      return rows([
        { space: data.spaceAt(0), item: data.pages[1] ?? null },
        { space: data.spaceAt(2), item: null },
      ]);
    case "/groups":
      return groupList;
    case "/templates":
      return rows(data.templates);
    case "/me/data":
      return data.ownData;
    case "/site/erasures":
      return rows(erasures.slice(1));
    case "/me/sessions":
      return rows(data.sessions);
    case "/me/held":
      return { ...heldPage, rows: heldPage.rows.slice(0, 2), requests: [] };
    case "/site/audit":
      return siteAuditPage;
    case "/site":
      return siteStatus;
    default:
      return undefined;
  }
}

/** The part of a WebSocket that the interface uses. */
class MockSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly heard: FrameOut[] = [];

  constructor(readonly site: MockSite) {
    setTimeout(() => {
      if (site.cut) return this.onclose?.();
      site.sockets.add(this);
      this.onopen?.();
      const { welcome } = data;
      this.hear({ t: "hello", site: welcome.site, person: data.claire, nowMs: data.now });
      this.hear({
        t: "links",
        sites: [{ name: "Nantes", connected: true, lastNewsMs: data.at(8, 51) }],
      });
    }, 0);
  }

  hear(frame: FrameIn): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  send(text: string): void {
    const frame = JSON.parse(text) as FrameOut;
    this.heard.push(frame);
    void this.site.onFrame?.(frame, (answer) => this.hear(answer));
  }

  close(): void {
    this.site.sockets.delete(this);
  }
}
