/**
 * The shapes of the public API, made from the site's Rust types. Do not edit: after a change there,
 * BOCAGE_UPDATE=1 cargo test -p bocage-tests --test generated
 */

/**
 * One line of what happened.
 */
export type ActivityLine = { 
/**
 * Kind of the item.
 */
kind: string, 
/**
 * What was done.
 */
verb: Verb, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Its title.
 */
title: string, 
/**
 * Who did it.
 */
person: PersonRef, 
/**
 * When, by the clock of the site where it was done.
 */
atMs: number, };

/**
 * An automerge actor: one open tab, or one item's genesis.
 */
export type ActorId = string;

/**
 * Random bytes kept in a tab's page memory only: a reload makes another actor.
 */
export type ActorNonce = string;

/**
 * A person to be added to this site.
 */
export type AddPerson = { 
/**
 * The name to sign in with.
 */
login: string, 
/**
 * Her name on screens.
 */
name: string, 
/**
 * Her trade.
 */
job?: string, 
/**
 * Her first password; made by the site when missing.
 */
password?: string, 
/**
 * May open spaces.
 */
openSpaces?: boolean, 
/**
 * May see the status of the site.
 */
technician?: boolean, };

/**
 * How many people see something.
 */
export type Audience = { 
/**
 * Members.
 */
people: number, 
/**
 * Guests among them.
 */
guests: number, };

/**
 * What a decision about rights was to do.
 */
export type AuditAction = "create" | "grant" | "setRole" | "revoke" | "hostAdd" | "hostRemove" | "readmit" | "quarantine" | "close" | "reopen" | "erase" | "adopt" | "guestAdd" | "introduce" | "rekey" | "decide" | "other";

/**
 * A stretch of the trail.
 */
export type AuditPage = { 
/**
 * Newest first.
 */
rows: Array<AuditRow>, 
/**
 * Cursor for `after`; null at the end. A page may be short and still not the last.
 */
next: string | null, };

/**
 * One decision about rights.
 */
export type AuditRow = { 
/**
 * The entry.
 */
id: EntryId, 
/**
 * When, by the writer's clock.
 */
atMs: number, 
/**
 * Who.
 */
by: PersonRef, 
/**
 * At which site it was written.
 */
site: SiteRef, 
/**
 * Whether the realm's recovery keys signed it.
 */
root: boolean, 
/**
 * What.
 */
action: AuditAction, 
/**
 * Whom it is about.
 */
person: PersonRef | null, 
/**
 * Which site it is about.
 */
aboutSite: SiteRef | null, 
/**
 * The role, in a space.
 */
role: Role | null, 
/**
 * Rights of the realm.
 */
realmRights: Array<string>, 
/**
 * Who answers for a guest.
 */
sponsor: PersonRef | null, 
/**
 * A guest's last moment.
 */
endMs: number | null, 
/**
 * How many entries or items it is about.
 */
count: number | null, 
/**
 * Why, in the author's words.
 */
reason: string, 
/**
 * The group that it followed; empty when that one is not known here any more.
 */
group: string | null, 
/**
 * What became of it.
 */
state: AuditState, 
/**
 * Why it has no effect: a word for programs, as in docs/api.md.
 */
why: string | null, };

/**
 * What became of a decision.
 */
export type AuditState = "counts" | "waiting" | "held" | "void";

/**
 * Bytes, written as base64 in JSON.
 */
export type Base64 = string;

/**
 * From a browser to its site.
 */
export type BrowserMessage = { "t": "watch", 
/**
 * What is watched from now on.
 */
topics: Array<Topic>, } | { "t": "open", 
/**
 * Its space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Random, kept in page memory only: it makes the tab's actor.
 */
nonce: ActorNonce, } | { "t": "edit", 
/**
 * The item.
 */
item: ItemId, 
/**
 * Counts up per open item.
 */
n: number, 
/**
 * Automerge changes.
 */
changes: Array<Base64>, } | { "t": "here", 
/**
 * The item.
 */
item: ItemId, 
/**
 * Where the selection starts: an automerge cursor.
 */
anchor: string | null, 
/**
 * Where it ends.
 */
head: string | null, } | { "t": "close", 
/**
 * The item.
 */
item: ItemId, } | { "t": "ping" };

/**
 * A new password, with the present one.
 */
export type ChangePassword = { 
/**
 * The present password.
 */
current: string, 
/**
 * The new one.
 */
password: string, };

/**
 * A view that a browser should ask for again.
 */
export type ChangedTopic = "today" | "spaces" | "channels" | "site" | `space:${string}`;

/**
 * Commands of channels.
 */
export type ChannelCommand = { "do": "create", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Its name.
 */
name: string, } | { "do": "rename", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Its name.
 */
name: string, };

/**
 * A channel in the list of all channels.
 */
export type ChannelRow = { 
/**
 * The channel.
 */
channel: ItemRow, 
/**
 * Its space.
 */
space: SpaceRow, 
/**
 * Unread messages.
 */
unread: number, 
/**
 * The newest message.
 */
last: ItemRow | null, };

/**
 * By whom and when a space was closed.
 */
export type Closed = { 
/**
 * Who.
 */
by: PersonRef, 
/**
 * When, by the clock of the site where it was done.
 */
atMs: number, };

/**
 * The colour of a space.
 */
export type Colour = "haie" | "ajonc" | "brique" | "pommier" | "bruyere" | "loire" | "ardoise" | "sarrasin";

/**
 * Everything that can be asked of a site.
 */
export type Command = { "feature": "space" } & SpaceCommand | { "feature": "page" } & PageCommand | { "feature": "post" } & PostCommand | { "feature": "channel" } & ChannelCommand | { "feature": "message" } & MessageCommand | { "feature": "comment" } & CommentCommand | { "feature": "thanks" } & ThanksCommand | { "feature": "readMark" } & ReadMarkCommand | { "feature": "erasure" } & ErasureCommand | { "feature": "group" } & GroupCommand;

/**
 * What a command did.
 */
export type CommandAnswer = { 
/**
 * The space it made.
 */
space?: SpaceId, 
/**
 * The item it made or changed.
 */
item?: ItemId, 
/**
 * Where the item stands.
 */
order?: string, 
/**
 * The item's row as it is now.
 */
row?: ItemRow, };

/**
 * A command with the id that its client made: sending it again does it once.
 */
export type CommandEnvelope = { 
/**
 * 16 random bytes, made by the client.
 */
id: CommandId, } & ({ "feature": "space" } & SpaceCommand | { "feature": "page" } & PageCommand | { "feature": "post" } & PostCommand | { "feature": "channel" } & ChannelCommand | { "feature": "message" } & MessageCommand | { "feature": "comment" } & CommentCommand | { "feature": "thanks" } & ThanksCommand | { "feature": "readMark" } & ReadMarkCommand | { "feature": "erasure" } & ErasureCommand | { "feature": "group" } & GroupCommand);

/**
 * A command, made by the client that sends it; a retry carries the same id.
 */
export type CommandId = string;

/**
 * Commands of comments.
 */
export type CommentCommand = { "do": "write", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item it is about.
 */
on: ItemId, 
/**
 * Plain text, kept exactly.
 */
text: string, } | { "do": "change", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Plain text, kept exactly.
 */
text: string, } | { "do": "withdraw", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, };

/**
 * Copies in a space, with where each comes from.
 */
export type CopyList = { 
/**
 * By kind and title.
 */
rows: Array<CopyRow>, };

/**
 * What a copy was made from.
 */
export type CopyOriginal = { 
/**
 * Its space.
 */
space: SpaceId, 
/**
 * The name of the space.
 */
spaceName: string, 
/**
 * The original.
 */
item: ItemId, 
/**
 * Its title now.
 */
title: string, 
/**
 * When it was last changed.
 */
changedMs: number, 
/**
 * By whom.
 */
changedBy: PersonRef, };

/**
 * A copy.
 */
export type CopyRow = { 
/**
 * The copy.
 */
item: ItemId, 
/**
 * Page or post.
 */
kind: string, 
/**
 * Its title.
 */
title: string, 
/**
 * Who copied it last.
 */
by: PersonRef, 
/**
 * When.
 */
atMs: number, 
/**
 * Whether somebody wrote into the copy itself. That stays when it is copied again.
 */
writtenHere: boolean, 
/**
 * How it stands to its original.
 */
state: CopyState, 
/**
 * The original, for those who may read it.
 */
original: CopyOriginal | null, };

/**
 * How a copy stands to its original.
 */
export type CopyState = "current" | "changed" | "unreadable" | "erased";

/**
 * Entries that the disk of this site damaged, by space and the site that wrote them.
 */
export type DamagedLine = { 
/**
 * The space.
 */
space: string, 
/**
 * The site that wrote them.
 */
site: SiteRef, 
/**
 * How many.
 */
entries: number, 
/**
 * Sites that are asked for them; none when no other site carries the space.
 */
asked: Array<SiteRef>, };

/**
 * Asks for the deletion of one's account.
 */
export type DeleteAccount = { 
/**
 * The password: nobody else at an open device deletes the account.
 */
password: string, };

/**
 * Room on the disk.
 */
export type Disk = { 
/**
 * Free.
 */
freeBytes: number, 
/**
 * In all.
 */
totalBytes: number, 
/**
 * Taken by this site's data.
 */
dataBytes: number, };

/**
 * Something that others did to somebody's account.
 */
export type DoneToMe = { 
/**
 * Their name, or that of a site at whose machine it was done.
 */
by: string, 
/**
 * When, in milliseconds since 1970 UTC.
 */
atMs: number, };

/**
 * An entry: BLAKE3 over its exact header bytes.
 */
export type EntryId = string;

/**
 * Somebody who asks to enter.
 */
export type EntryRequestRow = { 
/**
 * The request: `answerRequest` names it.
 */
id: ItemId, 
/**
 * Who.
 */
person: PersonRef, 
/**
 * Why, in her words.
 */
reason: string, 
/**
 * When, by the clock of her site.
 */
atMs: number, 
/**
 * A manager said no.
 */
declined: boolean, };

/**
 * One item that an erasure may name.
 */
export type ErasureCandidate = { 
/**
 * The item.
 */
item: ItemRow, 
/**
 * How deep below the first one it lies.
 */
depth: number, 
/**
 * Whether the person may erase it.
 */
allowed: boolean, };

/**
 * Commands of erasures.
 */
export type ErasureCommand = { "do": "erase", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Which; what lies under them is named, never implied.
 */
items: Array<ItemId>, 
/**
 * Why, for people; kept for good, so it must not repeat what is to be gone.
 */
reason: string, } | { "do": "undo", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The erasure, as the list of erasures names it.
 */
erasure: EntryId, };

/**
 * What erasing an item would concern.
 */
export type ErasurePlan = { 
/**
 * The item first, then what lies under it, each after its parent.
 */
rows: Array<ErasureCandidate>, 
/**
 * Hours after which a site destroys the bytes.
 */
hours: number, 
/**
 * The same once a second manager has confirmed.
 */
hoursConfirmed: number, };

/**
 * One erasure.
 */
export type ErasureRow = { 
/**
 * Its id.
 */
id: EntryId, 
/**
 * Who erased.
 */
by: PersonRef, 
/**
 * When, by the clock of the site where it was done.
 */
atMs: number, 
/**
 * Why.
 */
reason: string, 
/**
 * What.
 */
items: Array<ItemId>, 
/**
 * How far it is here.
 */
state: ErasureState, 
/**
 * When this site destroys the bytes, by its own clock; null when that is past or undone.
 */
dueMs: number | null, 
/**
 * Whether a second manager confirmed it.
 */
confirmed: boolean, 
/**
 * Whether the reader may confirm it.
 */
canConfirm: boolean, 
/**
 * Whether the reader may take it back.
 */
canUndo: boolean, 
/**
 * What each site of the space says.
 */
sites: Array<ErasureSite>, };

/**
 * What a site says of an erasure, by its own clock.
 */
export type ErasureSite = { 
/**
 * The site.
 */
site: SiteRef, 
/**
 * Since when nobody sees it there; null: not yet.
 */
hiddenMs: number | null, 
/**
 * Since when the bytes are gone there; null: not yet.
 */
destroyedMs: number | null, 
/**
 * Until when its backups may hold them; null when it does not know.
 */
backupsUntilMs: number | null, };

/**
 * How far an erasure is at this site.
 */
export type ErasureState = "hidden" | "removing" | "removed" | "destroyed" | "undone";

/**
 * A failure as it is sent.
 */
export type ErrorBody = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * What happened and what to do, in the language of the session.
 */
message: string, 
/**
 * The field at fault.
 */
field?: string, 
/**
 * The limit that was reached.
 */
limit?: number, 
/**
 * When trying again makes sense.
 */
retryAfterSeconds?: number, };

/**
 * Why a call failed, for programs.
 */
export type ErrorCode = "bad-request" | "unknown-field-value" | "too-long" | "not-signed-in" | "wrong-password" | "csrf" | "forbidden" | "not-found" | "conflict" | "too-large" | "too-many-tries" | "busy" | "read-only" | "erased";

/**
 * The body of every answer that is not a success.
 */
export type Failure = { 
/**
 * What went wrong.
 */
error: ErrorBody, };

/**
 * What the site shows of its spaces, in one hash each: equal at sites that show the same.
 */
export type Fingerprints = { 
/**
 * By space.
 */
spaces: { [key in string]: string }, };

/**
 * A site that wrote two histories of one log, as a restored or copied machine does.
 */
export type ForkLine = { 
/**
 * The site.
 */
site: SiteRef, 
/**
 * The space.
 */
space: string, 
/**
 * Whether what it wrote from there on is still held; else the site has taken both up.
 */
held: boolean, };

/**
 * An item of which something is left out at this site: it passed every rule and failed its trial.
 */
export type FrozenLine = { 
/**
 * The space.
 */
space: string, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Its title, as it is shown.
 */
title: string, 
/**
 * The named reason.
 */
reason: string, };

/**
 * Rights of the realm for a person, in the name of a registrar who is at home at this site.
 */
export type GiveRights = { 
/**
 * May open spaces.
 */
openSpaces?: boolean, 
/**
 * May see the status of sites.
 */
technician?: boolean, 
/**
 * For the territory of this name; everywhere without.
 */
territory?: string, };

/**
 * Commands of groups of people. Registrars keep a group; what it may do in a space is said by a
 * manager of that one.
 */
export type GroupCommand = { "do": "open", 
/**
 * Its name.
 */
name: string, 
/**
 * Whose registrars keep it, beside those for all; the whole realm's when missing.
 */
territory?: ItemId, } | { "do": "rename", 
/**
 * The group.
 */
group: ItemId, 
/**
 * Its name.
 */
name: string, } | { "do": "add", 
/**
 * The group.
 */
group: ItemId, 
/**
 * The person.
 */
person: PersonId, } | { "do": "remove", 
/**
 * The group.
 */
group: ItemId, 
/**
 * The person.
 */
person: PersonId, } | { "do": "end", 
/**
 * The group.
 */
group: ItemId, } | { "do": "give", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The group.
 */
group: ItemId, 
/**
 * The role.
 */
role: Role, } | { "do": "take", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The group.
 */
group: ItemId, };

/**
 * The groups of the realm.
 */
export type GroupList = { 
/**
 * The groups, by name.
 */
rows: Array<GroupRow>, 
/**
 * Where she may open one: nothing for those who are no registrars, or not at home here.
 */
places: Array<GroupPlace>, };

/**
 * Where somebody may open a group.
 */
export type GroupPlace = { 
/**
 * The territory; null for the whole realm.
 */
id: ItemId | null, 
/**
 * Its name.
 */
name: string | null, };

/**
 * A group of people of the realm.
 */
export type GroupRow = { 
/**
 * The group.
 */
id: ItemId, 
/**
 * Its name.
 */
name: string, 
/**
 * Whose registrars keep it, beside those for all; null for the whole realm's.
 */
territory: string | null, 
/**
 * Who is in it, by name.
 */
people: Array<PersonRef>, 
/**
 * Whether she keeps it.
 */
mayChange: boolean, };

/**
 * The guests of a space.
 */
export type GuestList = { 
/**
 * People with an account on a site.
 */
people: Array<GuestPerson>, 
/**
 * Sites of their own.
 */
sites: Array<GuestSite>, 
/**
 * Tickets that are open or were used lately; for those who may invite.
 */
tickets: Array<GuestTicket>, 
/**
 * Whether she may invite guests.
 */
mayInvite: boolean, 
/**
 * Whether she may end their stay: managers only.
 */
mayEnd: boolean, 
/**
 * How many copies of items of other spaces are here; 0 for all but managers.
 */
copies: number, 
/**
 * Whether partners' sites can reach this site: its technician set `guests.listen`.
 */
reachable: boolean, };

/**
 * A guest with an account.
 */
export type GuestPerson = { 
/**
 * Who.
 */
person: PersonRef, 
/**
 * What she may do.
 */
role: Role, 
/**
 * Who answers for her.
 */
sponsor: PersonRef, 
/**
 * Her last moment; null for one who was let in without.
 */
endMs: number | null, 
/**
 * Whether it is over, by this site's clock.
 */
ended: boolean, };

/**
 * A partner's person can sign in.
 */
export type GuestPersonReady = { 
/**
 * Who.
 */
person: PersonRef, 
/**
 * The name to sign in with.
 */
login: string, 
/**
 * Her first password: shown once, kept nowhere. Null when she had an account already.
 */
password: string | null, };

/**
 * A partner's site.
 */
export type GuestSite = { 
/**
 * Which.
 */
site: SiteRef, 
/**
 * What its people may do.
 */
role: Role, 
/**
 * Sites that look at what it writes.
 */
sponsors: Array<string>, 
/**
 * Its last moment; null for one that was let in without.
 */
endMs: number | null, 
/**
 * Whether it is over, by this site's clock.
 */
ended: boolean, 
/**
 * Whether it is connected with this site.
 */
connected: boolean, 
/**
 * When it was last heard here.
 */
lastNewsMs: number | null, 
/**
 * Changes received from it that wait for a manager or a sponsor site.
 */
waiting: number, 
/**
 * Its people in this space.
 */
people: Array<string>, };

/**
 * A ticket for a partner's site.
 */
export type GuestTicket = { 
/**
 * Until when it is good.
 */
expiresMs: number, 
/**
 * Who asked for it.
 */
by: PersonId, 
/**
 * The site that used it.
 */
usedBy: string | null, 
/**
 * Once used: the six words to compare by telephone.
 */
words: string | null, };

/**
 * A ticket for a partner's site.
 */
export type GuestTicketReady = { 
/**
 * To be handed to one person, once.
 */
ticket: string, 
/**
 * Until when it is good.
 */
expiresMs: number, 
/**
 * The site that issued it: no other redeems it.
 */
site: SiteRef, 
/**
 * The same as a picture for a camera, as SVG; null when it is too long for one.
 */
qrSvg: string | null, };

/**
 * What waits for a manager of a space; or for one of any space, of a person's own work.
 */
export type HeldPage = { 
/**
 * Held work, newest first.
 */
rows: Array<HeldRow>, 
/**
 * Cursor for `after`; null at the end.
 */
next: string | null, 
/**
 * People who ask to enter, oldest first; on the first page only.
 */
requests: Array<EntryRequestRow>, 
/**
 * Rows left aside that this list does not show.
 */
aside: number, };

/**
 * Held work of one person on one item.
 */
export type HeldRow = { 
/**
 * Names the row in a list.
 */
id: EntryId, 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Its name.
 */
spaceName: string, 
/**
 * What `readmit` and `setAside` name; empty for a decision about rights.
 */
entries: Array<EntryId>, 
/**
 * The item; null for a decision about rights.
 */
item: ItemId | null, 
/**
 * Its kind; `rights` for a decision about rights, `unknown` for one of a later version.
 */
kind: string, 
/**
 * Its title, as far as it is known; a page that is shown: the title shown.
 */
title: string, 
/**
 * What it says, as plain text, perhaps cut; null when it cannot be read (yet).
 */
text: string | null, 
/**
 * Words written; null when they cannot be counted.
 */
words: number | null, 
/**
 * The author.
 */
person: PersonRef, 
/**
 * The site where it was written.
 */
site: SiteRef, 
/**
 * When the first and the last of it were written, by the writer's clock.
 */
fromMs: number, 
/**
 * See `fromMs`.
 */
toMs: number, 
/**
 * Why it is held.
 */
why: HeldWhy, 
/**
 * Whose decision holds it.
 */
by: PersonRef | null, 
/**
 * When that was.
 */
byMs: number | null, 
/**
 * What a manager wrote beside it.
 */
note: string, 
/**
 * Who left it aside.
 */
aside: PersonRef | null, 
/**
 * What was to be decided, of a decision about rights.
 */
decision: AuditRow | null, };

/**
 * Why work is held.
 */
export type HeldWhy = "noRight" | "removed" | "notHost" | "hostRemoved" | "closed" | "quarantined" | "forked" | "notDescended" | "notAdmitted" | "other";

/**
 * A partner's person is to get an account on this site, for one space.
 */
export type InviteGuestPerson = { 
/**
 * The name to sign in with. One that a guest of this site has already invites that guest.
 */
login: string, 
/**
 * Her name on screens.
 */
name: string, 
/**
 * Her organisation.
 */
organisation: string, 
/**
 * Viewer, commenter or contributor.
 */
role: Role, 
/**
 * Her last moment, milliseconds since 1970 UTC.
 */
endMs: number, };

/**
 * A partner's own site is to carry a space.
 */
export type InviteGuestSite = { 
/**
 * What its people may do: viewer, commenter or contributor.
 */
role: Role, 
/**
 * Its last moment, milliseconds since 1970 UTC.
 */
endMs: number, };

/**
 * What belongs to an item.
 */
export type ItemCounts = { 
/**
 * Comments.
 */
comments: number, 
/**
 * Thanks.
 */
thanks: number, };

/**
 * One item, opened.
 */
export type ItemDetail = { 
/**
 * As in the list.
 */
row: ItemRow, 
/**
 * The text as clean HTML, for kinds that have one.
 */
html: string | null, 
/**
 * Comments, oldest first.
 */
comments: Array<ItemRow>, 
/**
 * Who thanked.
 */
thanks: Array<PersonRef>, 
/**
 * Path of the list it belongs to.
 */
backTo: string, 
/**
 * Who sees it.
 */
visibleTo: Audience, 
/**
 * Who has it open for writing.
 */
editing: Array<PersonRef>, 
/**
 * Whether she may write in it.
 */
writable: boolean, 
/**
 * Operations until the soft limit.
 */
roomLeft: number, };

/**
 * An item of a space.
 */
export type ItemId = string;

/**
 * An item with its space.
 */
export type ItemInSpace = { 
/**
 * The item.
 */
item: ItemRow, 
/**
 * Its space.
 */
space: SpaceRow, };

/**
 * How an item stands to the person.
 */
export type ItemMine = { 
/**
 * She thanked for it.
 */
thanked: boolean, 
/**
 * She has not read it.
 */
unread: boolean, 
/**
 * She may change it.
 */
canChange: boolean, };

/**
 * A page of items.
 */
export type ItemPage = { 
/**
 * The items.
 */
rows: Array<ItemRow>, 
/**
 * Cursor for `after`; null at the end.
 */
next: string | null, };

/**
 * An item in a list. `fields` depends on the kind: see docs/api.md.
 */
export type ItemRow = { 
/**
 * The item.
 */
id: ItemId, 
/**
 * Its space.
 */
space: SpaceId, 
/**
 * Its kind.
 */
kind: string, 
/**
 * The item above.
 */
parent: ItemId, 
/**
 * Its title.
 */
title: string, 
/**
 * Who made it.
 */
author: PersonRef, 
/**
 * When.
 */
createdMs: number, 
/**
 * When it last changed.
 */
changedMs: number, 
/**
 * Who changed it last.
 */
changedBy: PersonRef, 
/**
 * Set when it came late.
 */
arrivedMs: number | null, 
/**
 * Opaque, sortable as text.
 */
order: string, 
/**
 * Where it is.
 */
kept: Kept, 
/**
 * What belongs to it.
 */
counts: ItemCounts, 
/**
 * How it stands to her.
 */
mine: ItemMine, 
/**
 * Fields that two people changed at once, with every value.
 */
conflicts: Record<string, unknown[]>, 
/**
 * Of a message or comment: what its author wrote in its place at the same time, newest first.
 */
others: Array<OtherVersion>, 
/**
 * The fields of its kind.
 */
fields: Record<string, unknown>, };

/**
 * Where an item is kept.
 */
export type Kept = { 
/**
 * How far it has come.
 */
state: Reach, 
/**
 * Names of the sites that hold it, this one first.
 */
sites: Array<string>, };

/**
 * Where one row is now.
 */
export type KeptRow = { 
/**
 * The item.
 */
id: ItemId, 
/**
 * Where it is.
 */
kept: Kept, };

/**
 * A language of the interface.
 */
export type Language = "fr" | "en";

/**
 * A site that has not been heard for a while.
 */
export type LateSite = { 
/**
 * Its name.
 */
name: string, 
/**
 * When it was last heard; null when never.
 */
lastNewsMs: number | null, };

/**
 * What leaves the organisation with an invitation.
 */
export type Leaving = { 
/**
 * Pages, posts and channels, by title.
 */
items: Array<LeavingItem>, 
/**
 * Comments on them.
 */
comments: number, 
/**
 * Names of the members, which a guest reads.
 */
people: Array<string>, };

/**
 * One thing that leaves.
 */
export type LeavingItem = { 
/**
 * The item.
 */
id: ItemId, 
/**
 * Page, post or channel.
 */
kind: string, 
/**
 * Its title.
 */
title: string, 
/**
 * Messages in a channel, comments on a page or post.
 */
holds: number, 
/**
 * When it was last changed, milliseconds since 1970 UTC.
 */
changedMs: number, };

/**
 * A line that is up.
 */
export type LineState = { 
/**
 * The other site's address, as seen here.
 */
address: string | null, 
/**
 * `quic` or `tcp`.
 */
transport: string, 
/**
 * There and back, as last measured; null before the first measurement.
 */
roundTripMs: number | null, };

/**
 * Two changes of the recovery keys at once: one stands everywhere.
 */
export type LostRekey = { 
/**
 * The version that both named.
 */
version: number, 
/**
 * Keys that signed the one that stands.
 */
keptBy: Array<string>, 
/**
 * Keys that signed the one that does not.
 */
lostBy: Array<string>, };

/**
 * Who is signed in.
 */
export type Me = { 
/**
 * The person.
 */
person: MyPerson, 
/**
 * What she may do.
 */
rights: MyRights, 
/**
 * This site.
 */
site: SiteRef, 
/**
 * Her language in this session.
 */
language: Language, 
/**
 * Her theme in this session.
 */
theme: Theme, 
/**
 * To be sent back as `x-bocage-csrf` with every change.
 */
csrf: string, 
/**
 * Who gave her another home site, and when; null if nobody did.
 */
moved: DoneToMe | null, 
/**
 * Who let her in again with a new password, and when; null if nobody did.
 */
letIn: DoneToMe | null, };

/**
 * A member of a space.
 */
export type Member = { 
/**
 * Who.
 */
person: PersonRef, 
/**
 * Her role.
 */
role: Role, 
/**
 * Since when.
 */
sinceMs: number, 
/**
 * Who let her in; null for the founder.
 */
addedBy: PersonRef | null, 
/**
 * Whether she decides who is a member.
 */
manager: boolean, 
/**
 * Whether she may invite guests without being a manager.
 */
sponsor: boolean, 
/**
 * Names of the groups by which she is here.
 */
groups: Array<string>, 
/**
 * Whether she is here by name: she stays when she leaves these groups.
 */
byName: boolean, };

/**
 * Commands of messages.
 */
export type MessageCommand = { "do": "send", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The channel.
 */
channel: ItemId, 
/**
 * Plain text, kept exactly.
 */
text: string, } | { "do": "change", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Plain text, kept exactly.
 */
text: string, } | { "do": "withdraw", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, };

/**
 * A stretch of a channel.
 */
export type MessagePage = { 
/**
 * The channel.
 */
channel: ItemRow, 
/**
 * Messages, oldest first.
 */
rows: Array<ItemRow>, 
/**
 * Cursor for older ones; null at the beginning.
 */
before: string | null, 
/**
 * Unread messages of the channel.
 */
unread: number, 
/**
 * The first of them.
 */
firstUnread: ItemId | null, };

/**
 * The person signed in, to herself.
 */
export type MyPerson = { 
/**
 * The name she signs in with.
 */
login: string, 
/**
 * Her id.
 */
id: PersonId, 
/**
 * Her name.
 */
name: string, 
/**
 * Name of her home site.
 */
site: string, 
/**
 * Her trade, when she gave one.
 */
job?: string, 
/**
 * Her organisation, when it is another than this one: she is a partner here.
 */
partner?: string, 
/**
 * She deleted her account: the name is none any more.
 */
deleted?: boolean, };

/**
 * What a person may do beyond her spaces.
 */
export type MyRights = { 
/**
 * Open spaces.
 */
openSpaces: boolean, 
/**
 * See the status of the site.
 */
technician: boolean, 
/**
 * Say who may open spaces and who looks after sites, in a territory or everywhere.
 */
registrar: boolean, };

/**
 * A site: its ed25519 public key, which is also its libp2p identity.
 */
export type NodeId = string;

/**
 * A version of a message or comment, concurrent to the one shown: nobody who wrote one had seen
 * the other. The next change replaces both.
 */
export type OtherVersion = { 
/**
 * What it says.
 */
text: string, 
/**
 * Who wrote it.
 */
by: PersonRef, 
/**
 * When.
 */
atMs: number, };

/**
 * What the screen says before somebody deletes her account.
 */
export type OwnData = { 
/**
 * Whom people ask about their data, as the site's technician named them; null if nobody.
 */
contact: string | null, 
/**
 * Her home site, when it is another: her account is deleted there.
 */
home: string | null, 
/**
 * This is a partner's own site: its technician removes accounts.
 */
guestSite: boolean, 
/**
 * Spaces that nobody else manages: she names another manager first.
 */
spaces: Array<SpaceName>, 
/**
 * Nobody else gives rights in the network.
 */
lastRegistrar: boolean, 
/**
 * Nobody else looks after this site.
 */
lastTechnician: boolean, };

/**
 * The site itself.
 */
export type OwnSite = { 
/**
 * Version of the program.
 */
version: string, 
/**
 * When it started.
 */
startedMs: number, 
/**
 * Whom people ask for help; null when the configuration names nobody.
 */
contact: string | null, 
/**
 * Whether its data came from a backup, at this start or since: it writes new logs.
 */
restored: boolean, 
/**
 * Where browsers reach it.
 */
webAddress: string, 
/**
 * Its key.
 */
id: NodeId, 
/**
 * Its name on screens.
 */
name: string, };

/**
 * Commands of pages.
 */
export type PageCommand = { "do": "create", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The page above; the root of the space when missing.
 */
parent?: ItemId, 
/**
 * Its title.
 */
title: string, 
/**
 * Plain text, kept exactly.
 */
text?: string, } | { "do": "rename", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Its title.
 */
title: string, };

/**
 * A person, or a site acting for itself ([`PersonId::of_site`]).
 */
export type PersonId = string;

/**
 * A person who can now sign in.
 */
export type PersonReady = { 
/**
 * Who.
 */
person: PersonRef, 
/**
 * The name to sign in with.
 */
login: string, 
/**
 * The password: shown once, kept nowhere.
 */
password: string, };

/**
 * A person, as shown beside what she wrote.
 */
export type PersonRef = { 
/**
 * Her id.
 */
id: PersonId, 
/**
 * Her name.
 */
name: string, 
/**
 * Name of her home site.
 */
site: string, 
/**
 * Her trade, when she gave one.
 */
job?: string, 
/**
 * Her organisation, when it is another than this one: she is a partner here.
 */
partner?: string, 
/**
 * She deleted her account: the name is none any more.
 */
deleted?: boolean, };

/**
 * Commands of posts.
 */
export type PostCommand = { "do": "create", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Its title.
 */
title: string, 
/**
 * Plain text, kept exactly.
 */
text: string, } | { "do": "change", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Its title.
 */
title?: string, 
/**
 * Plain text, kept exactly.
 */
text?: string, };

/**
 * Settings of a session; what is missing stays.
 */
export type Preferences = { 
/**
 * Language.
 */
language?: Language, 
/**
 * Light or dark.
 */
theme?: Theme, };

/**
 * One tab that has an item open.
 */
export type Presence = { 
/**
 * The tab.
 */
id: string, 
/**
 * Who sits there.
 */
person: PersonRef, 
/**
 * Where her selection starts.
 */
anchor: string | null, 
/**
 * Where it ends.
 */
head: string | null, };

/**
 * How far a row has travelled.
 */
export type Reach = "here" | "some" | "everywhere" | "received";

/**
 * Commands of read marks.
 */
export type ReadMarkCommand = { "do": "set", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * A channel or a post.
 */
item: ItemId, 
/**
 * `order` of the last item read.
 */
upTo: string, } | { "do": "setAll", 
/**
 * The space; everywhere when missing.
 */
space?: SpaceId, };

/**
 * A realm.
 */
export type RealmRef = { 
/**
 * Name of the organisation.
 */
name: string, };

/**
 * The realm's recovery keys, by which they are told apart on paper: eight digits each.
 */
export type RecoveryState = { 
/**
 * 1 at the founding.
 */
version: number, 
/**
 * How many sign together.
 */
threshold: number, 
/**
 * All of them.
 */
keys: Array<string>, 
/**
 * How many of them were read in an exercise at this site.
 */
tested: number, 
/**
 * Since when enough of them to act with were read; null when they never were.
 */
drilledMs: number | null, 
/**
 * Changes of the keys that were made beside another one, and do not stand.
 */
lost: Array<LostRekey>, };

/**
 * What was refused, by reason.
 */
export type RefusedLine = { 
/**
 * The named reason.
 */
reason: string, 
/**
 * How often since the start.
 */
count: number, };

/**
 * A registrar of the realm.
 */
export type RegistrarLine = { 
/**
 * Her name.
 */
name: string, 
/**
 * Her home site.
 */
site: string, 
/**
 * The territory she is one for; null for the whole realm.
 */
territory: string | null, 
/**
 * Named under earlier recovery keys only: spaces opened since they were replaced do not know her.
 */
renew: boolean, };

/**
 * A site that was taken from the realm.
 */
export type RemovedSiteLine = { 
/**
 * The site.
 */
site: SiteRef, 
/**
 * Whether it left by itself.
 */
own: boolean, };

/**
 * A new password for a person; ends her sessions.
 */
export type ResetPassword = { 
/**
 * Made by the site when missing.
 */
password?: string, };

/**
 * What a member may do; each role includes those before it.
 */
export type Role = "viewer" | "commenter" | "contributor" | "manager";

/**
 * A list without pages.
 */
export type Rows<Row> = { 
/**
 * The rows.
 */
rows: Array<Row>, };

/**
 * Something found.
 */
export type SearchRow = { 
/**
 * The space, or the space of the item.
 */
space: SpaceRow, 
/**
 * The item; null when the space itself was found.
 */
item: ItemRow | null, };

/**
 * A part of a space that can be switched on or off.
 */
export type Section = "wall" | "pages" | "messages";

/**
 * Names a session without giving it away: half of the hash of its token.
 */
export type SessionId = string;

/**
 * One device that is signed in.
 */
export type SessionRow = { 
/**
 * To end it.
 */
id: SessionId, 
/**
 * It is this one.
 */
current: boolean, 
/**
 * When it signed in.
 */
startedMs: number, 
/**
 * When it was last used, to the hour.
 */
lastSeenMs: number, 
/**
 * What the browser calls itself.
 */
userAgent: string, };

/**
 * Name and password.
 */
export type SignIn = { 
/**
 * The name to sign in with.
 */
login: string, 
/**
 * The password.
 */
password: string, };

/**
 * Another site, as seen from here.
 */
export type SiteLine = { 
/**
 * Id and name.
 */
site: SiteRef, 
/**
 * Whether a line is up.
 */
connected: boolean, 
/**
 * When it was last heard; null when never.
 */
lastNewsMs: number | null, 
/**
 * Since when something waits for it.
 */
lateSinceMs: number | null, 
/**
 * Entries that wait for it.
 */
toSend: number, 
/**
 * Entries it has shown that are not here yet.
 */
missingHere: number, 
/**
 * Spaces both carry.
 */
spaces: number, 
/**
 * How far its clock is ahead of ours.
 */
clockSkewMs: number | null, 
/**
 * Where it is tried.
 */
addresses: Array<string>, 
/**
 * The line that is up; null without one.
 */
line: LineState | null, };

/**
 * The line to another site.
 */
export type SiteLink = { 
/**
 * Its name.
 */
name: string, 
/**
 * Whether the line is up.
 */
connected: boolean, 
/**
 * When it was last heard; null when never.
 */
lastNewsMs: number | null, };

/**
 * From a site to a browser.
 */
export type SiteMessage = { "t": "hello", 
/**
 * This site.
 */
site: SiteRef, 
/**
 * Who is signed in.
 */
person: PersonRef, 
/**
 * Now, by the site's clock.
 */
nowMs: number, } | { "t": "rows", 
/**
 * The topic they belong to.
 */
topic: Topic, 
/**
 * New or changed rows.
 */
put: Array<ItemRow>, 
/**
 * Rows that left.
 */
del: Array<ItemId>, } | { "t": "kept", 
/**
 * Their space.
 */
space: SpaceId, 
/**
 * Where each is now.
 */
rows: Array<KeptRow>, } | { "t": "changed", 
/**
 * Which.
 */
topics: Array<ChangedTopic>, } | { "t": "doc", 
/**
 * The item.
 */
item: ItemId, 
/**
 * The actor that this tab writes as.
 */
actor: ActorId, 
/**
 * The saved automerge document.
 */
saved: Base64, 
/**
 * Who else has it open.
 */
people: Array<Presence>, } | { "t": "edit", 
/**
 * The item.
 */
item: ItemId, 
/**
 * Automerge changes.
 */
changes: Array<Base64>, } | { "t": "saved", 
/**
 * The item.
 */
item: ItemId, 
/**
 * Number of the `edit`.
 */
n: number, } | { "t": "refused", 
/**
 * The item.
 */
item: ItemId, 
/**
 * Number of the first `edit` not taken.
 */
n: number, 
/**
 * Why.
 */
error: ErrorBody, } | { "t": "rebase", 
/**
 * The item.
 */
item: ItemId, } | { "t": "people", 
/**
 * The item.
 */
item: ItemId, 
/**
 * The tabs.
 */
people: Array<Presence>, } | { "t": "links", 
/**
 * The sites.
 */
sites: Array<SiteLink>, } | { "t": "pong" };

/**
 * A site.
 */
export type SiteRef = { 
/**
 * Its key.
 */
id: NodeId, 
/**
 * Its name on screens.
 */
name: string, };

/**
 * How a site fares.
 */
export type SiteStatus = { 
/**
 * The site itself.
 */
site: OwnSite, 
/**
 * Nothing needs the technician.
 */
ok: boolean, 
/**
 * The other sites.
 */
sites: Array<SiteLine>, 
/**
 * What waits.
 */
waiting: Array<WaitingLine>, 
/**
 * Spaces in which nobody of this site may take out a site that left the realm, or bring in
 * the new home of a member: their managers are elsewhere, or there is none.
 */
unfollowed: Array<string>, 
/**
 * Sites that wrote two histories.
 */
forks: Array<ForkLine>, 
/**
 * Sites that run twice.
 */
twice: Array<TwiceLine>, 
/**
 * Names of spaces here in which nobody may let others in or out any more.
 */
withoutManager: Array<string>, 
/**
 * The realm's recovery keys; null on a guest site.
 */
recovery: RecoveryState | null, 
/**
 * Names of the realm's territories.
 */
territories: Array<string>, 
/**
 * Its registrars.
 */
registrars: Array<RegistrarLine>, 
/**
 * Sites that were taken from it.
 */
removed: Array<RemovedSiteLine>, 
/**
 * Items of which something is left out here.
 */
frozen: Array<FrozenLine>, 
/**
 * What the disk damaged.
 */
damaged: Array<DamagedLine>, 
/**
 * What was refused.
 */
refused: Array<RefusedLine>, 
/**
 * Room on the disk.
 */
disk: Disk, 
/**
 * Whether the data lies on an encrypted disk; null when unknown.
 */
encryptedDisk: boolean | null, 
/**
 * Spaces carried.
 */
spaces: number, 
/**
 * Items kept.
 */
items: number, 
/**
 * Entries of all logs stored.
 */
entries: number, 
/**
 * Resident memory of the program.
 */
memoryBytes: number, };

/**
 * What happened in one space.
 */
export type SpaceChanges = { 
/**
 * The space.
 */
space: SpaceRow, 
/**
 * Newest first.
 */
lines: Array<ActivityLine>, };

/**
 * Commands of spaces and their members.
 */
export type SpaceCommand = { "do": "open", 
/**
 * What it is for.
 */
kind: SpaceKind, 
/**
 * Id of a template that the site lists.
 */
template: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its colour.
 */
colour: Colour, 
/**
 * Name of one of the shipped symbols.
 */
symbol: string, 
/**
 * Who finds it.
 */
visibility: Visibility, 
/**
 * One sentence for the list.
 */
description: string, } | { "do": "change", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Its name.
 */
name?: string, 
/**
 * One sentence for the list.
 */
description?: string, 
/**
 * Its colour.
 */
colour?: Colour, 
/**
 * Name of one of the shipped symbols.
 */
symbol?: string, 
/**
 * Who finds it.
 */
visibility?: Visibility, 
/**
 * The sections switched on, in order.
 */
sections?: Array<Section>, } | { "do": "addMember", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The person.
 */
person: PersonId, 
/**
 * The role she gets.
 */
role: Role, } | { "do": "setRole", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The person.
 */
person: PersonId, 
/**
 * The role she gets.
 */
role: Role, } | { "do": "removeMember", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The person.
 */
person: PersonId, } | { "do": "join", 
/**
 * The space.
 */
space: SpaceId, } | { "do": "renewGuest", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The guest.
 */
person: PersonId, 
/**
 * Her last moment, milliseconds since 1970 UTC.
 */
endMs: number, } | { "do": "renewGuestSite", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The partner's site.
 */
site: NodeId, 
/**
 * Its last moment, milliseconds since 1970 UTC.
 */
endMs: number, } | { "do": "endGuestSite", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The partner's site.
 */
site: NodeId, } | { "do": "copyItems", 
/**
 * The space they go to.
 */
space: SpaceId, 
/**
 * The space they are in.
 */
from: SpaceId, 
/**
 * Which pages and posts.
 */
items: Array<ItemId>, } | { "do": "readmit", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Held entries, as the inbox names them.
 */
entries: Array<EntryId>, } | { "do": "setAside", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Held entries, as the inbox names them.
 */
entries: Array<EntryId>, 
/**
 * `false` brings them back into the inbox.
 */
aside: boolean, } | { "do": "quarantine", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item.
 */
item: ItemId, 
/**
 * Why, for the other managers.
 */
reason: string, } | { "do": "close", 
/**
 * The space.
 */
space: SpaceId, } | { "do": "reopen", 
/**
 * The space.
 */
space: SpaceId, } | { "do": "askToEnter", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * Why, in a sentence.
 */
reason: string, } | { "do": "answerRequest", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The request.
 */
request: ItemId, 
/**
 * Lets her in, or not.
 */
accept: boolean, 
/**
 * The role she gets; contributor when missing.
 */
role?: Role, } | { "do": "updateCopies", 
/**
 * The space with the copies.
 */
space: SpaceId, 
/**
 * Which copies.
 */
items: Array<ItemId>, } | { "do": "setSponsor", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The contributor.
 */
person: PersonId, 
/**
 * Whether she may invite guests.
 */
sponsor: boolean, };

/**
 * How many spaces each filter shows.
 */
export type SpaceCounts = { 
/**
 * Spaces she is a member of.
 */
mine: number, 
/**
 * Spaces she can find.
 */
all: number, 
/**
 * Her spaces with something unread.
 */
unread: number, };

/**
 * One space, opened.
 */
export type SpaceDetail = { 
/**
 * As in the list.
 */
row: SpaceRow, 
/**
 * Sections switched on, in order.
 */
sections: Array<Section>, 
/**
 * Her role.
 */
me: Role | null, 
/**
 * The root item: parent of what has no other.
 */
root: ItemId, 
/**
 * Age of the oldest unheard host; null when all are current.
 */
rightsAgeMs: number | null, 
/**
 * Whether she may enter by herself.
 */
canJoin: boolean, 
/**
 * Whether the list of partners is for her: she may invite some, or there are some; never to a
 * partner.
 */
partners: boolean, 
/**
 * Whether she may ask a manager to let her in.
 */
canAsk: boolean, 
/**
 * Her request, when she asked.
 */
asked: EntryRequestRow | null, 
/**
 * Who closed it; null while it is open.
 */
closed: Closed | null, 
/**
 * Held work and requests that wait for a manager; 0 for others.
 */
toCheck: number, 
/**
 * Her own work that waits for a manager.
 */
ownHeld: number, };

/**
 * A group with a role in a space.
 */
export type SpaceGroup = { 
/**
 * The group.
 */
group: ItemId, 
/**
 * Its name.
 */
name: string, 
/**
 * What its people may do.
 */
role: Role, 
/**
 * How many they are.
 */
people: number, 
/**
 * The group is no more.
 */
ended: boolean, 
/**
 * Who gave it the role.
 */
by: PersonRef, 
/**
 * When, by the clock of the site where it was done.
 */
sinceMs: number, };

/**
 * A space. Known to its hosts only: never put it where another site could read it.
 */
export type SpaceId = string;

/**
 * What a space is for.
 */
export type SpaceKind = "project" | "team" | "practice" | "sandbox";

/**
 * The list of spaces.
 */
export type SpaceList = { 
/**
 * The spaces.
 */
rows: Array<SpaceRow>, 
/**
 * What each filter would show.
 */
counts: SpaceCounts, };

/**
 * A space, by name.
 */
export type SpaceName = { 
/**
 * Its id.
 */
id: SpaceId, 
/**
 * Its name.
 */
name: string, };

/**
 * A space in a list.
 */
export type SpaceRow = { 
/**
 * The space.
 */
id: SpaceId, 
/**
 * What it is for.
 */
kind: SpaceKind, 
/**
 * Its name.
 */
name: string, 
/**
 * One sentence.
 */
description: string, 
/**
 * Its colour.
 */
colour: Colour, 
/**
 * Its symbol.
 */
symbol: string, 
/**
 * Who finds it.
 */
visibility: Visibility, 
/**
 * Members.
 */
people: number, 
/**
 * Guests among them.
 */
guests: number, 
/**
 * Whether the person is a member.
 */
member: boolean, 
/**
 * Her role.
 */
role: Role | null, 
/**
 * Where it is at home.
 */
territory: string, 
/**
 * Messages and posts she has not read.
 */
unread: number, 
/**
 * When it last changed.
 */
changedMs: number, 
/**
 * What happened last.
 */
last: ActivityLine | null, 
/**
 * Where its newest state is.
 */
kept: Kept, 
/**
 * Hosts that have not been heard for a while.
 */
lateSites: Array<LateSite>, 
/**
 * It can be read and no more.
 */
closed: boolean, };

/**
 * A template that a space can be opened from.
 */
export type Template = { 
/**
 * What `space open` names.
 */
id: string, 
/**
 * Kind of the space it makes.
 */
kind: SpaceKind, 
/**
 * Its name.
 */
name: string, 
/**
 * What it is good for.
 */
description: string, };

/**
 * Commands of thanks.
 */
export type ThanksCommand = { "do": "give", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item it is about.
 */
on: ItemId, 
/**
 * Why, in a few words.
 */
reason?: string, } | { "do": "takeBack", 
/**
 * The space.
 */
space: SpaceId, 
/**
 * The item it is about.
 */
on: ItemId, };

/**
 * Light or dark.
 */
export type Theme = "auto" | "light" | "dark";

/**
 * A space with things to be looked at.
 */
export type ToCheck = { 
/**
 * The space.
 */
space: SpaceRow, 
/**
 * Held work and requests to enter.
 */
count: number, };

/**
 * The first screen.
 */
export type Today = { 
/**
 * Now, by the site's clock.
 */
dateMs: number, 
/**
 * Posts she has not read.
 */
toRead: Array<ItemInSpace>, 
/**
 * What changed in her spaces.
 */
changes: Array<SpaceChanges>, 
/**
 * Unread messages in all channels.
 */
unreadMessages: number, 
/**
 * Spaces she manages in which something is to be looked at.
 */
toCheck: Array<ToCheck>, 
/**
 * Her own work, in all spaces, that waits for a manager.
 */
ownHeld: number, };

/**
 * What a browser can watch.
 */
export type Topic = "mine" | "site" | `space:${string}` | `channel:${string}/${string}`;

/**
 * A site whose key runs twice, as a copied disk does.
 */
export type TwiceLine = { 
/**
 * The site; perhaps this one.
 */
site: SiteRef, 
/**
 * Its copies, the one that started first before the others.
 */
runs: Array<TwiceRun>, };

/**
 * One of the copies.
 */
export type TwiceRun = { 
/**
 * Where it was seen.
 */
address: string | null, 
/**
 * Since when.
 */
sinceMs: number, 
/**
 * Whether links are kept with this one.
 */
kept: boolean, };

/**
 * What somebody did.
 */
export type Verb = "created" | "changed" | "wrote" | "thanked" | "joined";

/**
 * Who finds a space and how one enters it.
 */
export type Visibility = "open" | "request" | "hidden";

/**
 * Items that wait for something, by space.
 */
export type WaitingLine = { 
/**
 * The space.
 */
name: string, 
/**
 * How many.
 */
items: number, };

/**
 * What a site says before anyone has signed in.
 */
export type Welcome = { 
/**
 * This site.
 */
site: SiteRef, 
/**
 * Its realm.
 */
realm: RealmRef, 
/**
 * Whom to ask for help; null when the site names nobody.
 */
contact: string | null, 
/**
 * Language of the session, else of the browser.
 */
language: Language, 
/**
 * Whether this browser has a session.
 */
signedIn: boolean, };
