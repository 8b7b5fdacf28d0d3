//! Files to take away: the trail as a table or as data, and a space as an archive. Each is sent as
//! it is made, so that its length is no matter of memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query as Pairs, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Request, Response};
use bocage_crdt::ids::SpaceId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::io::AsyncReadExt as _;

use super::guard::{self, Answer, PRIVATE};
use super::site::{Site, Viewer};
use super::{App, account};
use crate::api::oversight::{AuditPage, AuditRow};
use crate::api::query::PAGE_ROWS_MAX;
use crate::api::{ApiError, Query};
use crate::archive::csv_row;

/// Bytes read from a finished archive at a time.
const PIECE_BYTES: usize = 64 << 10;

/// The columns of the trail. The mark before them tells spreadsheets that this is UTF-8.
pub(crate) const TRAIL_HEAD: &str = "\u{feff}atMs,by,site,root,action,person,aboutSite,role,\
    realmRights,sponsor,endMs,count,reason,state,why,id\r\n";

/// One row of the trail, as [`TRAIL_HEAD`] names its fields.
pub(crate) fn trail_row(row: &AuditRow) -> String {
    let word = |value: Result<serde_json::Value, _>| match value {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    };
    let number = |value: Option<u64>| value.map_or_else(String::new, |number| number.to_string());
    let name = |person: &Option<crate::api::rows::PersonRef>| {
        person
            .as_ref()
            .map_or_else(String::new, |it| it.name.clone())
    };
    let fields = [
        row.at_ms.to_string(),
        row.by.name.clone(),
        row.site.name.clone(),
        row.root.to_string(),
        word(serde_json::to_value(row.action)),
        name(&row.person),
        row.about_site
            .as_ref()
            .map_or_else(String::new, |site| site.name.clone()),
        row.role
            .map_or_else(String::new, |role| word(serde_json::to_value(role))),
        row.realm_rights.join(" "),
        name(&row.sponsor),
        number(row.end_ms),
        number(row.count.map(u64::from)),
        row.reason.clone(),
        word(serde_json::to_value(row.state)),
        row.why.clone().unwrap_or_default(),
        row.id.to_string(),
    ];
    csv_row(fields.iter().map(String::as_str))
}

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
}

fn download(body: Body, kind: &'static str, name: &str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, PRIVATE);
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

async fn page<S: Site>(app: &App<S>, viewer: Viewer, query: Query) -> Result<AuditPage, ApiError> {
    let answer = app.site.query(viewer, query).await?;
    serde_json::from_slice(&answer).map_err(|_| ApiError::busy())
}

/// The whole trail, a page at a time.
async fn trail<S: Site>(
    app: Arc<App<S>>,
    headers: &HeaderMap,
    path: &str,
    pairs: Vec<(String, String)>,
    form: Form,
) -> Answer {
    let viewer = guard::signed_in(&app, headers)?.session.viewer();
    let Query::Audit { space, person, .. } = Query::parse(path, pairs)? else {
        return Err(ApiError::not_found());
    };
    let ask = move |after: Option<String>| Query::Audit {
        space,
        person,
        after,
        limit: PAGE_ROWS_MAX,
    };
    // Asked before the answer begins: who may not hears it as a refusal.
    let first = page(&app, viewer, ask(None)).await?;
    let start = match form {
        Form::Csv => TRAIL_HEAD,
        Form::Json => "[",
    };
    let rows = stream::try_unfold((Some(first), false), move |(now, begun)| {
        let app = Arc::clone(&app);
        async move {
            let Some(now) = now else { return Ok(None) };
            let mut text = String::new();
            let mut begun = begun;
            for row in &now.rows {
                match form {
                    Form::Csv => text.push_str(&trail_row(row)),
                    Form::Json => {
                        text.push_str(if begun { ",\n" } else { "\n" });
                        text.push_str(&serde_json::to_string(row).unwrap_or_default());
                    }
                }
                begun = true;
            }
            let next = match now.next {
                Some(after) => Some(page(&app, viewer, ask(Some(after))).await?),
                None => {
                    text.push_str(if form == Form::Json { "\n]\n" } else { "" });
                    None
                }
            };
            Ok::<_, ApiError>(Some((Bytes::from(text), (next, begun))))
        }
    });
    let start = stream::once(async move { Ok(Bytes::from_static(start.as_bytes())) });
    let body = Body::from_stream(start.chain(rows));
    Ok(match form {
        Form::Csv => download(body, "text/csv; charset=utf-8", "audit.csv"),
        Form::Json => download(body, "application/json", "audit.json"),
    })
}

/// `GET /spaces/{space}/audit.csv` and its fellows: the path without its ending is the question.
pub async fn audit<S: Site>(
    State(app): State<Arc<App<S>>>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Answer {
    let path = request.uri().path().to_owned();
    let (path, form) = match path.rsplit_once('.') {
        Some((path, "csv")) => (path.to_owned(), Form::Csv),
        Some((path, "json")) => (path.to_owned(), Form::Json),
        _ => return Err(ApiError::not_found()),
    };
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(request.uri());
    let Pairs(pairs) = pairs.map_err(|_| ApiError::value("person"))?;
    trail(app, &headers, &path, pairs, form).await
}

/// `GET /spaces/{space}/archive.zip`
pub async fn archive<S: Site>(
    State(app): State<Arc<App<S>>>,
    Path(space): Path<String>,
    request: Request<Body>,
) -> Answer {
    let _peer = account::peer(&request);
    let viewer = guard::signed_in(&app, request.headers())?.session.viewer();
    let space: SpaceId = space.parse().map_err(|_| ApiError::not_found())?;
    app.site.may_archive(viewer, space).await?;
    let name = format!("bocage-{}.zip", &space.to_string()[..8]);
    Ok(made(async move { app.site.archive(space).await }, &name))
}

/// An archive that is being made. It may take longer than a request may: the answer begins, its
/// bytes follow.
pub(super) fn made(
    made: impl Future<Output = Result<std::fs::File, ApiError>> + Send + 'static,
    name: &str,
) -> Response<Body> {
    let bytes = stream::once(made)
        .map_ok(|file| {
            let file = tokio::fs::File::from_std(file);
            stream::try_unfold(file, |mut file| async move {
                let mut piece = vec![0; PIECE_BYTES];
                let read = file.read(&mut piece).await.map_err(|_| ApiError::busy())?;
                piece.truncate(read);
                Ok::<_, ApiError>((read > 0).then(|| (Bytes::from(piece), file)))
            })
        })
        .try_flatten();
    download(Body::from_stream(bytes), "application/zip", name)
}
