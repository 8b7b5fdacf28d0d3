//! The questions that can be asked with `GET`, read from path and query string.
//!
//! Reading is strict: a parameter nobody knows is refused by name, so that a bot's slip of the pen
//! is not silently ignored. What the answers hold is in `rows`; who may ask is the hub's business.

use std::str::FromStr;

use bocage_crdt::features::commands::KEYWORD_BYTES_MAX;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};

use super::error::ApiError;

/// Rows of one answer when the client does not say.
pub const PAGE_ROWS: u32 = 50;
/// Most rows of one answer: about 200 KiB of rows, a second on a slow line.
pub const PAGE_ROWS_MAX: u32 = 200;
/// Longest search text: longer than any name or title.
pub const SEARCH_BYTES_MAX: usize = 255;
/// Longest cursor, as handed out by the site.
pub const CURSOR_BYTES_MAX: usize = 256;

/// Which spaces a list shows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum SpaceFilter {
    /// Those the person is a member of.
    #[default]
    Mine,
    /// Those she can find.
    All,
    /// Hers with something unread.
    Unread,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The first screen: `Today`.
    Today,
    /// The list of spaces: `SpaceList`.
    Spaces {
        /// Which ones.
        filter: SpaceFilter,
        /// Part of a name; empty for all.
        q: String,
    },
    /// One space: `SpaceDetail`.
    Space {
        /// The space.
        space: SpaceId,
    },
    /// Items of a space: `ItemPage`.
    Items {
        /// The space.
        space: SpaceId,
        /// Only this kind.
        kind: Option<String>,
        /// Only under this item.
        parent: Option<ItemId>,
        /// Cursor of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// One item: `ItemDetail`.
    Item {
        /// Its space.
        space: SpaceId,
        /// The item.
        item: ItemId,
    },
    /// A stretch of a channel: `MessagePage`.
    Messages {
        /// The space.
        space: SpaceId,
        /// The channel.
        channel: ItemId,
        /// Cursor of the page after; the newest when missing.
        before: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// All channels of the person's spaces: `Rows<ChannelRow>`.
    Channels,
    /// Members of a space: `Rows<Member>`.
    Members {
        /// The space.
        space: SpaceId,
    },
    /// The groups of the realm: `GroupList`.
    Groups,
    /// Groups with a role in a space: `Rows<SpaceGroup>`.
    SpaceGroups {
        /// The space.
        space: SpaceId,
    },
    /// What was erased in a space: `Rows<ErasureRow>`.
    Erasures {
        /// The space.
        space: SpaceId,
    },
    /// The same of the realm, for technicians: names of deleted accounts.
    SiteErasures,
    /// What erasing an item would concern: `ErasurePlan`.
    ErasurePlan {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
    },
    /// Guests of a space: `GuestList`.
    Guests {
        /// The space.
        space: SpaceId,
    },
    /// What a guest of a space would read: `Leaving`.
    Leaving {
        /// The space.
        space: SpaceId,
    },
    /// Copies in a space: `CopyList`.
    Copies {
        /// The space.
        space: SpaceId,
    },
    /// The directory: `Rows<PersonRef>`.
    People {
        /// Part of a name.
        q: String,
        /// Most rows.
        limit: u32,
    },
    /// Names and titles in the person's spaces: `Rows<SearchRow>`.
    Search {
        /// What is looked for.
        q: String,
    },
    /// Templates of spaces: `Rows<Template>`.
    Templates,
    /// The site's status, for technicians: `SiteStatus`.
    Site,
    /// What waits for a manager of a space: `HeldPage`. Others get their own held work.
    Held {
        /// The space.
        space: SpaceId,
        /// What was left aside instead.
        aside: bool,
        /// Cursor of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// The person's own held work in all spaces: `HeldPage`.
    OwnHeld,
    /// Who gave what to whom: `AuditPage`. Of a space for its managers, of the realm for technicians.
    Audit {
        /// The space; the realm when missing.
        space: Option<SpaceId>,
        /// Only what she did or what was done to her.
        person: Option<PersonId>,
        /// Cursor of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
}

/// The parameters of one call: each is taken at most once, what is left over is refused.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn text(&mut self, name: &'static str, limit: usize) -> Result<Option<String>, ApiError> {
        let Some(index) = self.0.iter().position(|(key, _)| key == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(index);
        if value.len() > limit {
            return Err(ApiError::too_long(name, limit));
        }
        // `?after=&limit=` is how forms and the documentation write «not given».
        Ok((!value.is_empty()).then_some(value))
    }

    fn parsed<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, ApiError> {
        let text = self.text(name, CURSOR_BYTES_MAX)?;
        let parsed = text.map(|text| text.parse().map_err(|_| ApiError::value(name)));
        parsed.transpose()
    }

    fn limit(&mut self, usual: u32) -> Result<u32, ApiError> {
        match self.parsed("limit")?.unwrap_or(usual) {
            limit @ 1..=PAGE_ROWS_MAX => Ok(limit),
            _ => Err(ApiError::value("limit").with_limit(PAGE_ROWS_MAX.into())),
        }
    }

    fn search(&mut self) -> Result<String, ApiError> {
        Ok(self.text("q", SEARCH_BYTES_MAX)?.unwrap_or_default())
    }
}

fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    // An id that cannot exist is answered like one that does not.
    text.parse().map_err(|_| ApiError::not_found())
}

impl Query {
    /// Reads a path below `/api/v1` and the decoded pairs of the query string.
    pub fn parse(path: &str, pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        let mut given = Parameters(pairs);
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let query = match parts[..] {
            ["today"] => Self::Today,
            ["channels"] => Self::Channels,
            ["templates"] => Self::Templates,
            ["site"] => Self::Site,
            ["search"] => Self::Search { q: given.search()? },
            ["people"] => Self::People {
                q: given.search()?,
                limit: given.limit(20)?,
            },
            ["spaces"] => Self::Spaces {
                filter: match given.text("filter", KEYWORD_BYTES_MAX)?.as_deref() {
                    None | Some("mine") => SpaceFilter::Mine,
                    Some("all") => SpaceFilter::All,
                    Some("unread") => SpaceFilter::Unread,
                    Some(_) => return Err(ApiError::value("filter")),
                },
                q: given.search()?,
            },
            ["spaces", space] => Self::Space { space: id(space)? },
            ["groups"] => Self::Groups,
            ["spaces", space, "groups"] => Self::SpaceGroups { space: id(space)? },
            ["spaces", space, "members"] => Self::Members { space: id(space)? },
            ["spaces", space, "erasures"] => Self::Erasures { space: id(space)? },
            ["site", "erasures"] => Self::SiteErasures,
            ["spaces", space, "items", item, "erasure"] => Self::ErasurePlan {
                space: id(space)?,
                item: id(item)?,
            },
            ["spaces", space, "guests"] => Self::Guests { space: id(space)? },
            ["spaces", space, "leaving"] => Self::Leaving { space: id(space)? },
            ["spaces", space, "copies"] => Self::Copies { space: id(space)? },
            ["spaces", space, "items"] => Self::Items {
                space: id(space)?,
                kind: given.text("kind", KEYWORD_BYTES_MAX)?,
                parent: given.parsed("parent")?,
                after: given.text("after", CURSOR_BYTES_MAX)?,
                limit: given.limit(PAGE_ROWS)?,
            },
            ["spaces", space, "held"] => Self::Held {
                space: id(space)?,
                aside: match given.text("aside", KEYWORD_BYTES_MAX)?.as_deref() {
                    None | Some("no") => false,
                    Some("yes") => true,
                    Some(_) => return Err(ApiError::value("aside")),
                },
                after: given.text("after", CURSOR_BYTES_MAX)?,
                limit: given.limit(PAGE_ROWS)?,
            },
            ["me", "held"] => Self::OwnHeld,
            ["spaces", space, "audit"] => Self::Audit {
                space: Some(id(space)?),
                person: given.parsed("person")?,
                after: given.text("after", CURSOR_BYTES_MAX)?,
                limit: given.limit(PAGE_ROWS)?,
            },
            ["site", "audit"] => Self::Audit {
                space: None,
                person: given.parsed("person")?,
                after: given.text("after", CURSOR_BYTES_MAX)?,
                limit: given.limit(PAGE_ROWS)?,
            },
            ["spaces", space, "items", item] => Self::Item {
                space: id(space)?,
                item: id(item)?,
            },
            ["spaces", space, "channels", channel, "messages"] => Self::Messages {
                space: id(space)?,
                channel: id(channel)?,
                before: given.text("before", CURSOR_BYTES_MAX)?,
                limit: given.limit(PAGE_ROWS)?,
            },
            _ => return Err(ApiError::not_found()),
        };
        match given.0.pop() {
            Some((name, _)) => Err(ApiError::unknown_field(name)),
            None => Ok(query),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorCode::{BadRequest, NotFound, TooLong, UnknownFieldValue};

    fn ask(path: &str, pairs: &[(&str, &str)]) -> Result<Query, ApiError> {
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        Query::parse(path, pairs.iter().map(owned).collect())
    }

    #[test]
    fn empty_parameters_count_as_not_given() {
        let space = "ab".repeat(32);
        let path = format!("/spaces/{space}/items");
        let given = [
            ("kind", "page"),
            ("parent", ""),
            ("after", ""),
            ("limit", ""),
        ];
        assert_eq!(
            ask(&path, &given),
            Ok(Query::Items {
                space: space.parse().expect("an id"),
                kind: Some("page".into()),
                parent: None,
                after: None,
                limit: PAGE_ROWS,
            })
        );
    }

    #[test]
    fn bad_questions_are_refused_by_name() {
        let long = "x".repeat(SEARCH_BYTES_MAX + 1);
        let cases: [(&str, &[(&str, &str)], _, _); 9] = [
            ("/today", &[("day", "1")], BadRequest, Some("day")),
            (
                "/spaces",
                &[("filter", "late")],
                UnknownFieldValue,
                Some("filter"),
            ),
            ("/search", &[("q", &long)], TooLong, Some("q")),
            ("/search", &[("q", "a"), ("q", "b")], BadRequest, Some("q")),
            (
                "/people",
                &[("limit", "0")],
                UnknownFieldValue,
                Some("limit"),
            ),
            (
                "/people",
                &[("limit", "201")],
                UnknownFieldValue,
                Some("limit"),
            ),
            (
                "/people",
                &[("limit", "-1")],
                UnknownFieldValue,
                Some("limit"),
            ),
            ("/spaces/zz", &[], NotFound, None),
            ("/weather", &[], NotFound, None),
        ];
        for (path, pairs, code, field) in cases {
            let error = ask(path, pairs).expect_err(path);
            assert_eq!(
                (error.code, error.field.as_deref()),
                (code, field),
                "{path} {pairs:?}"
            );
        }
    }
}
