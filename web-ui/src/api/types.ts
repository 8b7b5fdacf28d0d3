/**
 * The shapes of docs/api.md, by hand. Once the site's own types are generated (generated.ts) this
 * file only re-exports them; nothing else in the interface may declare a shape of the API.
 */
export type Language = "fr" | "en";
export type Theme = "auto" | "light" | "dark";
export type SiteRef = { id: string; name: string };
/** `site` is the name of the person's home site. */
export type PersonRef = { id: string; name: string; site: string; job?: string };

export type Welcome = {
  site: SiteRef;
  realm: { name: string };
  language: Language;
  signedIn: boolean;
};

export type Me = {
  person: PersonRef & { login: string };
  rights: { openSpaces: boolean; technician: boolean };
  site: SiteRef;
  language: Language;
  theme: Theme;
  csrf: string;
};

export type SessionRow = {
  id: string;
  current: boolean;
  startedMs: number;
  lastSeenMs: number;
  userAgent: string;
};

export type ErrorCode =
  | "bad-request"
  | "unknown-field-value"
  | "too-long"
  | "not-signed-in"
  | "wrong-password"
  | "csrf"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "too-large"
  | "too-many-tries"
  | "busy"
  | "read-only";

export type ErrorBody = {
  code: ErrorCode;
  message: string;
  field?: string;
  limit?: number;
  retryAfterSeconds?: number;
};

/** `sites`: names of the sites that hold it, this one first. */
export type Kept = { state: "here" | "some" | "everywhere"; sites: string[] };

export type SpaceKind = "project" | "team" | "practice" | "sandbox";
export type Colour =
  | "haie"
  | "ajonc"
  | "brique"
  | "pommier"
  | "bruyere"
  | "loire"
  | "ardoise"
  | "sarrasin";
export type Visibility = "open" | "request" | "hidden";
export type Role = "viewer" | "commenter" | "contributor" | "manager";
export type Section = "wall" | "pages" | "messages";

export type ActivityLine = {
  kind: string;
  verb: "created" | "changed" | "wrote" | "thanked" | "joined";
  item: string;
  title: string;
  person: PersonRef;
  atMs: number;
};

export type SpaceRow = {
  id: string;
  kind: SpaceKind;
  name: string;
  description: string;
  colour: Colour;
  symbol: string;
  visibility: Visibility;
  people: number;
  guests: number;
  member: boolean;
  role: Role | null;
  territory: string;
  unread: number;
  changedMs: number;
  last: ActivityLine | null;
  kept: Kept;
  lateSites: { name: string; lastNewsMs: number | null }[];
};

export type SpaceDetail = {
  row: SpaceRow;
  sections: Section[];
  me: Role | null;
  root: string;
  /** Age of the oldest unheard host's rights, null when all are current. */
  rightsAgeMs: number | null;
  canJoin: boolean;
};

export type SpaceList = {
  rows: SpaceRow[];
  counts: { mine: number; all: number; unread: number };
};

export type ItemRow = {
  id: string;
  space: string;
  kind: string;
  parent: string;
  title: string;
  author: PersonRef;
  createdMs: number;
  changedMs: number;
  changedBy: PersonRef;
  /** Set when it came late. */
  arrivedMs: number | null;
  /** Opaque, sortable as text. */
  order: string;
  kept: Kept;
  counts: { comments: number; thanks: number };
  mine: { thanked: boolean; unread: boolean; canChange: boolean };
  conflicts: Record<string, unknown[]>;
  fields: Record<string, unknown>;
};

export type ItemPage = { rows: ItemRow[]; next: string | null };

export type ItemDetail = {
  row: ItemRow;
  html: string | null;
  comments: ItemRow[];
  thanks: PersonRef[];
  backTo: string;
  visibleTo: { people: number; guests: number };
  editing: PersonRef[];
  writable: boolean;
  /** Operations until the soft limit. */
  roomLeft: number;
};

export type MessagePage = {
  channel: ItemRow;
  /** Oldest first. */
  rows: ItemRow[];
  before: string | null;
  unread: number;
  firstUnread: string | null;
};

export type ChannelRow = {
  channel: ItemRow;
  space: SpaceRow;
  unread: number;
  last: ItemRow | null;
};

export type Member = {
  person: PersonRef;
  role: Role;
  sinceMs: number;
  addedBy: PersonRef | null;
  manager: boolean;
};

export type Today = {
  dateMs: number;
  toRead: { item: ItemRow; space: SpaceRow }[];
  changes: { space: SpaceRow; lines: ActivityLine[] }[];
  unreadMessages: number;
};

export type Template = { id: string; kind: SpaceKind; name: string; description: string };
export type SearchRow = { space: SpaceRow; item: ItemRow | null };
export type Rows<Row> = { rows: Row[] };

export type SiteStatus = {
  site: SiteRef & { version: string; startedMs: number; webAddress: string };
  ok: boolean;
  sites: {
    site: SiteRef;
    connected: boolean;
    lastNewsMs: number | null;
    lateSinceMs: number | null;
    toSend: number;
    spaces: number;
    clockSkewMs: number | null;
    addresses: string[];
  }[];
  waiting: { name: string; items: number }[];
  refused: { reason: string; count: number }[];
  disk: { freeBytes: number; totalBytes: number; dataBytes: number };
  encryptedDisk: boolean | null;
  spaces: number;
  items: number;
  memoryBytes: number;
};

/** Everything that can be asked of the site; the client adds the command's id. */
export type Command =
  | {
      feature: "space";
      do: "open";
      kind: SpaceKind;
      template: string;
      name: string;
      colour: Colour;
      symbol: string;
      visibility: Visibility;
      description: string;
    }
  | {
      feature: "space";
      do: "change";
      space: string;
      name?: string;
      description?: string;
      colour?: Colour;
      symbol?: string;
      visibility?: Visibility;
      sections?: Section[];
    }
  | { feature: "space"; do: "addMember" | "setRole"; space: string; person: string; role: Role }
  | { feature: "space"; do: "removeMember"; space: string; person: string }
  | { feature: "space"; do: "join"; space: string }
  | {
      feature: "page";
      do: "create";
      space: string;
      parent?: string;
      title: string;
      text?: string;
    }
  | { feature: "page"; do: "rename"; space: string; item: string; title: string }
  | { feature: "post"; do: "create"; space: string; title: string; text: string }
  | {
      feature: "post";
      do: "change";
      space: string;
      item: string;
      title?: string;
      text?: string;
    }
  | { feature: "channel"; do: "create"; space: string; name: string }
  | { feature: "channel"; do: "rename"; space: string; item: string; name: string }
  | { feature: "message"; do: "send"; space: string; channel: string; text: string }
  | { feature: "message"; do: "change"; space: string; item: string; text: string }
  | { feature: "message"; do: "withdraw"; space: string; item: string }
  | { feature: "comment"; do: "write"; space: string; on: string; text: string }
  | { feature: "comment"; do: "change"; space: string; item: string; text: string }
  | { feature: "comment"; do: "withdraw"; space: string; item: string }
  | { feature: "thanks"; do: "give"; space: string; on: string; reason?: string }
  | { feature: "thanks"; do: "takeBack"; space: string; on: string }
  | { feature: "readMark"; do: "set"; space: string; item: string; upTo: string }
  | { feature: "readMark"; do: "setAll"; space?: string };

export type CommandAnswer = { space?: string; item?: string; order?: string; row?: ItemRow };

/** `id` is the tab's. Anchors are automerge cursors. */
export type Presence = {
  id: string;
  person: PersonRef;
  anchor: string | null;
  head: string | null;
};

export type Topic = "mine" | "site" | `space:${string}` | `channel:${string}/${string}`;
export type ChangedTopic = "today" | "spaces" | "channels" | "site" | `space:${string}`;
export type SiteLink = { name: string; connected: boolean; lastNewsMs: number | null };

export type FrameOut =
  | { t: "watch"; topics: string[] }
  | { t: "open"; space: string; item: string; nonce: string }
  | { t: "edit"; item: string; n: number; changes: string[] }
  | { t: "here"; item: string; anchor: string | null; head: string | null }
  | { t: "close"; item: string }
  | { t: "ping" };

export type FrameIn =
  | { t: "hello"; site: SiteRef; person: PersonRef; nowMs: number }
  | { t: "rows"; topic: string; put: ItemRow[]; del: string[] }
  | { t: "kept"; space: string; rows: { id: string; kept: Kept }[] }
  | { t: "changed"; topics: ChangedTopic[] }
  | { t: "doc"; item: string; actor: string; saved: string; people: Presence[] }
  | { t: "edit"; item: string; changes: string[] }
  | { t: "saved"; item: string; n: number }
  | { t: "refused"; item: string; n: number; error: ErrorBody }
  | { t: "rebase"; item: string }
  | { t: "people"; item: string; people: Presence[] }
  | { t: "links"; sites: SiteLink[] }
  | { t: "pong" };
