//! Every call of the API, once, as data: the OpenAPI document and its page are made from this, and
//! a test asks the running router each of them.

/// Who may make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// A session.
    Session,
    /// A session and the csrf header.
    Change,
    /// This machine with the token of the data folder.
    Local,
    /// A session of a technician, or as `Local`.
    Technician,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// In lower case, as OpenAPI wants it.
    pub method: &'static str,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// One sentence.
    pub summary: &'static str,
    /// Names and meanings of the query parameters.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Name of the type of the body.
    pub body: Option<&'static str>,
    /// Name of the type of the answer; without one it is 204.
    pub answer: Option<&'static str>,
}

const fn get(
    path: &'static str,
    access: Access,
    summary: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    answer: &'static str,
) -> Call {
    Call {
        method: "get",
        path,
        access,
        summary,
        parameters,
        body: None,
        answer: Some(answer),
    }
}

const fn change(
    method: &'static str,
    path: &'static str,
    access: Access,
    summary: &'static str,
    body: Option<&'static str>,
    answer: Option<&'static str>,
) -> Call {
    Call {
        method,
        path,
        access,
        summary,
        parameters: &[],
        body,
        answer,
    }
}

use Access::{Change, Local, Open, Session, Technician};

const Q: (&str, &str) = ("q", "part of a name; accents and case do not count");
const PERSON: (&str, &str) = ("person", "only what she did or what was done to her");
const LIMIT: (&str, &str) = ("limit", "most rows, 1 to 200");

/// A file to take away.
#[derive(Debug, Clone, Copy)]
pub struct Download {
    /// Below `/api/v1`.
    pub path: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Names and meanings of the query parameters.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Its media type.
    pub media: &'static str,
    /// Name of the type of a row, when it is a list.
    pub rows: Option<&'static str>,
}

/// Files, each asked for with `GET` by somebody signed in.
pub const DOWNLOADS: &[Download] = &[
    Download {
        path: "/spaces/{space}/audit.csv",
        summary: "The whole trail of a space as a table, newest first, for its managers.",
        parameters: &[PERSON],
        media: "text/csv",
        rows: None,
    },
    Download {
        path: "/spaces/{space}/audit.json",
        summary: "The same as data.",
        parameters: &[PERSON],
        media: "application/json",
        rows: Some("AuditRow"),
    },
    Download {
        path: "/site/audit.csv",
        summary: "The whole trail of the realm as a table, for technicians.",
        parameters: &[PERSON],
        media: "text/csv",
        rows: None,
    },
    Download {
        path: "/site/audit.json",
        summary: "The same as data.",
        parameters: &[PERSON],
        media: "application/json",
        rows: Some("AuditRow"),
    },
    Download {
        path: "/spaces/{space}/archive.zip",
        summary: "A space in open formats with the signed entries that it comes from, for its \
            managers; `bocage verify` checks it. Two are made at a time, others get `busy`.",
        parameters: &[],
        media: "application/zip",
        rows: None,
    },
    Download {
        path: "/me/data.zip",
        summary: "What I wrote and what is kept about me, in open formats and signed by the site.",
        parameters: &[],
        media: "application/zip",
        rows: None,
    },
];

/// All calls, in the order of docs/api.md.
pub const CALLS: &[Call] = &[
    get(
        "/welcome",
        Open,
        "What the site says of itself.",
        &[],
        "Welcome",
    ),
    change(
        "post",
        "/session",
        Open,
        "Sign in: sets the session cookie.",
        Some("SignIn"),
        Some("Me"),
    ),
    change("delete", "/session", Change, "Sign out.", None, None),
    get("/me", Session, "Who is signed in.", &[], "Me"),
    change(
        "put",
        "/me/preferences",
        Change,
        "Language and theme of this session.",
        Some("Preferences"),
        Some("Me"),
    ),
    change(
        "post",
        "/me/password",
        Change,
        "A new password, given the present one; signs the person's other devices out.",
        Some("ChangePassword"),
        None,
    ),
    get(
        "/me/sessions",
        Session,
        "The devices that are signed in.",
        &[],
        "Rows_SessionRow",
    ),
    change(
        "delete",
        "/me/sessions/{id}",
        Change,
        "Sign a device out.",
        None,
        None,
    ),
    get(
        "/me/data",
        Session,
        "What I may do with my data: whom to ask, and what stands in the way of deleting my account.",
        &[],
        "OwnData",
    ),
    change(
        "post",
        "/me/deletion",
        Change,
        "Delete my account, given the password. What I wrote for others stays, without my name.",
        Some("DeleteAccount"),
        None,
    ),
    get("/today", Session, "The first screen.", &[], "Today"),
    get(
        "/spaces",
        Session,
        "Spaces.",
        &[("filter", "mine (as when missing), all or unread"), Q],
        "SpaceList",
    ),
    get("/spaces/{space}", Session, "One space.", &[], "SpaceDetail"),
    get(
        "/spaces/{space}/items",
        Session,
        "Items of a space: posts newest first, pages by title.",
        &[
            ("kind", "only this kind"),
            ("parent", "only under this item"),
            ("after", "`next` of the page before"),
            LIMIT,
        ],
        "ItemPage",
    ),
    get(
        "/spaces/{space}/items/{item}",
        Session,
        "One item.",
        &[],
        "ItemDetail",
    ),
    get(
        "/spaces/{space}/channels/{item}/messages",
        Session,
        "A stretch of a channel, oldest first.",
        &[
            (
                "before",
                "`before` of the page after; the newest when missing",
            ),
            LIMIT,
        ],
        "MessagePage",
    ),
    get(
        "/channels",
        Session,
        "All channels of my spaces, latest first.",
        &[],
        "Rows_ChannelRow",
    ),
    get(
        "/spaces/{space}/members",
        Session,
        "Members of a space.",
        &[],
        "Rows_Member",
    ),
    get(
        "/spaces/{space}/groups",
        Session,
        "Groups of people with a role in a space.",
        &[],
        "Rows_SpaceGroup",
    ),
    get(
        "/groups",
        Session,
        "The groups of people of the realm, and where I may open one; not for guests.",
        &[],
        "GroupList",
    ),
    get(
        "/spaces/{space}/erasures",
        Session,
        "What was erased in a space and where it is gone, newest first; for managers.",
        &[],
        "Rows_ErasureRow",
    ),
    get(
        "/site/erasures",
        Session,
        "The same of the realm, for technicians: names of deleted accounts.",
        &[],
        "Rows_ErasureRow",
    ),
    get(
        "/spaces/{space}/items/{item}/erasure",
        Session,
        "What erasing an item would concern: itself and all that lies under it.",
        &[],
        "ErasurePlan",
    ),
    get(
        "/spaces/{space}/guests",
        Session,
        "Guests of a space: people and sites of partners.",
        &[],
        "GuestList",
    ),
    get(
        "/spaces/{space}/leaving",
        Session,
        "What a guest of a space would read; for those who may invite.",
        &[],
        "Leaving",
    ),
    get(
        "/spaces/{space}/copies",
        Session,
        "Copies in a space, and whether their originals changed since; for managers.",
        &[],
        "CopyList",
    ),
    change(
        "post",
        "/spaces/{space}/guest-people",
        Change,
        "Give a partner's person an account here and let her into the space.",
        Some("InviteGuestPerson"),
        Some("GuestPersonReady"),
    ),
    change(
        "post",
        "/spaces/{space}/guest-sites",
        Change,
        "Issue a ticket with which a partner's own site is let into the space.",
        Some("InviteGuestSite"),
        Some("GuestTicketReady"),
    ),
    get(
        "/spaces/{space}/held",
        Session,
        "Held work and people who ask to enter, for managers; others get their own held work.",
        &[
            ("aside", "yes: what was left aside instead"),
            ("after", "`next` of the page before"),
            LIMIT,
        ],
        "HeldPage",
    ),
    get(
        "/me/held",
        Session,
        "My own work that waits for a manager, in all spaces.",
        &[],
        "HeldPage",
    ),
    get(
        "/spaces/{space}/audit",
        Session,
        "Who gave what to whom in a space, newest first, for its managers.",
        &[PERSON, ("after", "`next` of the page before"), LIMIT],
        "AuditPage",
    ),
    get(
        "/site/audit",
        Session,
        "The same of the realm, for technicians.",
        &[PERSON, ("after", "`next` of the page before"), LIMIT],
        "AuditPage",
    ),
    get(
        "/people",
        Session,
        "The directory.",
        &[Q, LIMIT],
        "Rows_PersonRef",
    ),
    get(
        "/search",
        Session,
        "Names and titles in my spaces.",
        &[Q],
        "Rows_SearchRow",
    ),
    get(
        "/templates",
        Session,
        "Templates that spaces can be opened from.",
        &[],
        "Rows_Template",
    ),
    get(
        "/site",
        Technician,
        "How this site fares.",
        &[],
        "SiteStatus",
    ),
    change(
        "post",
        "/commands",
        Change,
        "Do something; sent again with the same id it is done once.",
        Some("CommandEnvelope"),
        Some("CommandAnswer"),
    ),
    get(
        "/admin/fingerprints",
        Local,
        "One hash per space over what this site shows of it, for comparing sites.",
        &[],
        "Fingerprints",
    ),
    change(
        "post",
        "/admin/people",
        Local,
        "Add a person to this site.",
        Some("AddPerson"),
        Some("PersonReady"),
    ),
    change(
        "post",
        "/admin/people/{login}/password",
        Local,
        "Set a new password and end the person's sessions.",
        Some("ResetPassword"),
        Some("PersonReady"),
    ),
    change(
        "post",
        "/admin/people/{login}/rights",
        Local,
        "Give rights of the realm, in the name of a registrar of this site.",
        Some("GiveRights"),
        None,
    ),
    get(
        "/admin/counters",
        Local,
        "What the site did since its start.",
        &[],
        "Counters",
    ),
];
