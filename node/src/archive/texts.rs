//! The readable side of an archive: pages that open in any browser without a network, and names
//! that every file system takes.

use bocage_crdt::text::fold;

use super::Manifest;
use super::report::Listed;
use crate::api::rows::Member;
use crate::hub::archive::{Facts, Spoken};

/// Nothing is loaded, nothing runs: an archive is read from anywhere.
const HEAD: &str = "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n\
    <style>body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.5 sans-serif}\
    .meta{color:#4b5660;font-size:.9rem}article{border-bottom:1px solid #dedbd1;padding:.8rem 0}\
    p{overflow-wrap:anywhere}pre{white-space:pre-wrap}</style>\n<title>";

/// Longest part of a name that comes from a title.
const SLUG_CHARACTERS: usize = 60;

/// Text for HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The start of a page, up to its title.
pub(super) fn page_start(title: &str) -> String {
    let title = escaped(title);
    format!("{HEAD}{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n")
}

/// Its end.
pub(super) const PAGE_END: &str = "</body>\n</html>\n";

/// A moment in the one form that everybody reads, in universal time.
pub(super) fn moment(ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(i64::MAX));
    // Outside jiff's years the clock that wrote it was broken: then the number says more.
    at.map_or_else(
        |_| ms.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// Who made an item and when, in one muted line.
pub(super) fn made(facts: &Facts) -> String {
    let author = escaped(&facts.author.name);
    let by = escaped(&facts.changed_by.name);
    format!(
        "<p class=\"meta\">{author}, {} · {by}, {}</p>\n",
        moment(facts.created_ms),
        moment(facts.changed_ms)
    )
}

/// A message or comment.
pub(super) fn spoken(line: &Spoken) -> String {
    let mut out = format!(
        "<article id=\"{}\">\n<p class=\"meta\"><strong>{}</strong>, {}</p>\n",
        line.id,
        escaped(&line.author.name),
        moment(line.at_ms)
    );
    let texts = std::iter::once(&line.text).chain(line.others.iter().map(|other| &other.text));
    for text in texts {
        let lines: Vec<String> = text.lines().map(escaped).collect();
        out.push_str(&format!("<p>{}</p>\n", lines.join("<br>\n")));
    }
    out.push_str("</article>\n");
    out
}

/// A page or post with what was said of it.
pub(super) fn document_page(facts: &Facts, html: &str, comments: &[Spoken]) -> String {
    let mut shown = page_start(&facts.title);
    shown.push_str(&made(facts));
    shown.push_str(html);
    comments
        .iter()
        .for_each(|line| shown.push_str(&spoken(line)));
    shown.push_str(PAGE_END);
    shown
}

/// The page that one opens first.
pub(super) fn index_page(
    (name, description): (&str, &str),
    manifest: &Manifest,
    contents: &[Listed],
    has_loose: bool,
) -> String {
    let mut lines = String::new();
    for row in contents {
        let readable = row.files.iter().find(|name| name.ends_with(".html"));
        lines.push_str(&format!(
            "<li><a href=\"{}\">{}</a> <span class=\"meta\">{}</span></li>\n",
            escaped(readable.map_or("", |name| name)),
            escaped(&row.facts.title),
            escaped(&row.facts.author.name)
        ));
    }
    if has_loose {
        lines.push_str("<li><a href=\"loose.json\">…</a></li>\n");
    }
    format!(
        "{}<p>{}</p>\n<ul>\n{lines}</ul>\n<p class=\"meta\">{}, {}. bocage verify</p>\n{PAGE_END}",
        page_start(name),
        escaped(description),
        escaped(&manifest.realm_name),
        escaped(&manifest.site_name),
    )
}

/// Members as a table.
pub(super) fn members_table(rows: &[Member]) -> String {
    let mut table = csv_row(["name", "site", "job", "role", "sinceMs", "addedBy"]);
    for row in rows {
        let role = serde_json::to_value(row.role).unwrap_or_default();
        let since = row.since_ms.to_string();
        table.push_str(&csv_row([
            &*row.person.name,
            &row.person.site,
            row.person.job.as_deref().unwrap_or(""),
            role.as_str().unwrap_or(""),
            &since,
            row.added_by.as_ref().map_or("", |by| &by.name),
        ]));
    }
    table
}

/// A title as part of a file's name.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in fold(title).chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= SLUG_CHARACTERS {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    match slug {
        "" => "sans-titre".to_owned(),
        slug => slug.to_owned(),
    }
}

/// A field of a CSV row (RFC 4180). What a spreadsheet would take for a formula is marked as text.
pub(crate) fn csv_field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A row of CSV.
pub(crate) fn csv_row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(csv_field).collect();
    format!("{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names_that_every_system_takes() {
        let cases = [
            ("Plan de phasage n° 7", "plan-de-phasage-n-7"),
            ("../../etc/passwd", "etc-passwd"),
            ("Œufs & crème", "oeufs-creme"),
            ("🇫🇷", "sans-titre"),
            ("", "sans-titre"),
        ];
        for (title, expected) in cases {
            assert_eq!(slug(title), expected, "{title}");
        }
        assert!(slug(&"a b".repeat(100)).len() <= SLUG_CHARACTERS);
    }

    #[test]
    fn a_spreadsheet_reads_words_and_no_formula() {
        let cases = [
            ("Claire", "Claire"),
            ("=1+1", "'=1+1"),
            ("a,b", "\"a,b\""),
            ("dit \"oui\"", "\"dit \"\"oui\"\"\""),
            ("@cmd;x", "\"'@cmd;x\""),
        ];
        for (text, expected) in cases {
            assert_eq!(csv_field(text), expected);
        }
        assert_eq!(csv_row(["a", "b\nc"]), "a,\"b\nc\"\r\n");
    }
}
