//! Pages that the site writes by itself, without the interface: how to trust its certificate, the
//! reference of the API, and what to do when the interface was not built in.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{self, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use super::guard::{self, Answer};
use super::site::Site;
use super::{App, account, files};
use crate::api::{ApiError, Language};

/// The machine-readable description of the API; a test keeps it true.
pub const OPENAPI: &str = include_str!("../../../docs/openapi.json");

const STYLE: &str = "body{font:1.06rem/1.5 system-ui,sans-serif;color:#1b2126;background:#f5f3ec;\
max-width:46rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem}h2{margin-top:2rem}\
a{color:#005f6b}code,pre{font-family:ui-monospace,monospace;font-size:.92em}\
pre{background:#fff;padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere;\
border:1px solid #d8d4c6;border-radius:6px}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;\
padding:.3rem .6rem .3rem 0;border-bottom:1px solid #d8d4c6}th{width:11rem}\
@media(prefers-color-scheme:dark){body{color:#eceff1;background:#14181b}a{color:#5fc9d6}\
pre{background:#1c2226;border-color:#3a434a}td,th{border-color:#3a434a}}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn document(language: &str, title: &str, nonce: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{content}</main></body></html>\n"
    )
}

/// Instead of the interface, when the program was built without it.
pub fn not_built(nonce: &str) -> String {
    let content = "<p>Ce programme a été construit sans son interface. / This program was built \
        without its interface.</p><pre>cd web-ui\nnpm ci\nnpm run build</pre>\
        <p>Puis reconstruisez et relancez <code>bocage</code>. / Then build and start \
        <code>bocage</code> again. <a href=\"/api/v1/\">API</a></p>";
    document("fr", "Bocage", nonce, content)
}

fn authority_der<S>(app: &App<S>) -> Option<CertificateDer<'static>> {
    let pem = app.settings.authority_pem.as_ref()?;
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}

/// `GET /confiance`: how to trust the realm's authority.
pub async fn trust<S: Site>(
    State(app): State<Arc<App<S>>>,
    request: Request<Body>,
) -> Response<Body> {
    let (headers, peer) = (request.headers(), account::peer(&request));
    let language = guard::language(&app, headers);
    let realm = escaped(&app.site.facts().realm);
    // SHA-256, because that is what browsers show.
    let print = authority_der(&app).map(|der| {
        let digest = sha256(&der);
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(" ")
    });
    let content = match (&print, language) {
        (None, Language::Fr) => {
            "<p>Ce site utilise un certificat que votre appareil connaît déjà, \
            ou n’est ouvert que sur cette machine. Il n’y a rien à faire.</p>"
                .to_owned()
        }
        (None, Language::En) => "<p>This site uses a certificate that your device already knows, \
            or is open on this machine only. There is nothing to do.</p>"
            .to_owned(),
        (Some(print), Language::Fr) => format!(
            "<p>Votre appareil ne connaît pas encore «{realm}». Présentez-la-lui une fois : \
             l’avertissement disparaît, et le travail sans réseau, l’appareil photo et les \
             notifications fonctionnent.</p><ol>\
             <li><a href=\"/confiance/autorite.crt\">Téléchargez le certificat de {realm}</a>.</li>\
             <li>Demandez à votre référent local, de vive voix, l’empreinte du certificat, et \
             comparez : <pre>{print}</pre>Si elle diffère, arrêtez et prévenez-le.</li>\
             <li><strong>Windows</strong> : ouvrez le fichier, «Installer un certificat», \
             «Autorités de certification racines de confiance».<br>\
             <strong>Android</strong> : Paramètres, Sécurité, Chiffrement, Installer un \
             certificat, Certificat CA.<br><strong>iPhone, iPad</strong> : ouvrez le fichier, \
             installez le profil, puis Réglages, Général, Informations, Réglages des certificats.<br>\
             <strong>Linux, Firefox</strong> : Paramètres, Certificats, Autorités, Importer.</li>\
             </ol><p>Cette autorité ne peut signer que pour des adresses privées et les domaines de \
             {realm} : elle ne peut pas se faire passer pour un autre site.</p>\
             <p><a href=\"/\">Retour</a></p>"
        ),
        (Some(print), Language::En) => format!(
            "<p>Your device does not know “{realm}” yet. Introduce it once: the warning goes away, \
             and working offline, the camera and notifications work.</p><ol>\
             <li><a href=\"/confiance/autorite.crt\">Download the certificate of {realm}</a>.</li>\
             <li>Ask your local helper, in person, for the fingerprint of the certificate, and \
             compare: <pre>{print}</pre>If it differs, stop and tell them.</li>\
             <li><strong>Windows</strong>: open the file, “Install certificate”, “Trusted Root \
             Certification Authorities”.<br><strong>Android</strong>: Settings, Security, \
             Encryption, Install a certificate, CA certificate.<br><strong>iPhone, iPad</strong>: \
             open the file, install the profile, then Settings, General, About, Certificate Trust \
             Settings.<br><strong>Linux, Firefox</strong>: Settings, Certificates, Authorities, \
             Import.</li></ol><p>This authority can sign for private addresses and the domains of \
             {realm} only: it cannot pose as another site.</p><p><a href=\"/\">Back</a></p>"
        ),
    };
    let (tag, title) = match language {
        Language::Fr => ("fr", "Faire confiance à ce site"),
        Language::En => ("en", "Trusting this site"),
    };
    let nonce = files::nonce();
    files::page(
        document(tag, title, &nonce, &content),
        headers,
        peer,
        &nonce,
    )
}

/// By the hash of a TLS cipher suite: no other crate for one line on one page.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let suites = rustls::crypto::aws_lc_rs::default_provider().cipher_suites;
    let hash = suites.iter().find_map(|suite| {
        let hash = suite.tls13()?.common.hash_provider;
        (hash.output_len() == 32).then(|| hash.hash(bytes))
    });
    let hash = hash.expect("TLS 1.3 always has a suite with SHA-256");
    hash.as_ref().try_into().expect("32 bytes were asked for")
}

/// `GET /confiance/autorite.crt`
pub async fn authority<S: Site>(State(app): State<Arc<App<S>>>) -> Answer {
    let der = authority_der(&app).ok_or(ApiError::not_found())?;
    let mut response = Response::new(Body::from(der.to_vec()));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/x-x509-ca-cert");
    headers.insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// `GET /api/v1/openapi.json`
pub async fn openapi() -> Response<Body> {
    let mut response = guard::json(OPENAPI);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// `GET /api/v1`: links on the page are relative to the folder.
pub async fn to_reference() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    let place = HeaderValue::from_static("/api/v1/");
    response.headers_mut().insert(header::LOCATION, place);
    response
}

/// `GET /api/v1/`: the description as a page.
pub async fn reference(request: Request<Body>) -> Response<Body> {
    static CONTENT: LazyLock<String> = LazyLock::new(|| {
        reference_of(&serde_json::from_str(OPENAPI).expect("a test reads this very file"))
    });
    let nonce = files::nonce();
    let page = document("en", "Bocage API", &nonce, &CONTENT);
    files::page(page, request.headers(), account::peer(&request), &nonce)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// A schema's name as a link, or the schema itself.
fn schema(value: &Value) -> String {
    match text(value, "/$ref").rsplit_once('/') {
        Some((_, name)) => format!(
            "<a href=\"#{name}\"><code>{name}</code></a>",
            name = escaped(name)
        ),
        None => format!("<code>{}</code>", escaped(&value.to_string())),
    }
}

fn reference_of(openapi: &Value) -> String {
    let mut page = format!(
        "<p>{}</p><p><a href=\"openapi.json\">openapi.json</a></p>",
        escaped(text(openapi, "/info/description"))
    );
    let none = serde_json::Map::new();
    let map = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or(none.clone())
    };
    for (path, methods) in map(openapi.get("paths")) {
        for (method, call) in map(Some(&methods)) {
            let method = method.to_uppercase();
            let _ = write!(page, "<h2><code>{method} {}</code></h2>", escaped(&path));
            let _ = write!(page, "<p>{}</p><table>", escaped(text(&call, "/summary")));
            let parameters = call.get("parameters").and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                let name = escaped(text(parameter, "/name"));
                let told = escaped(text(parameter, "/description"));
                let _ = write!(page, "<tr><th><code>{name}</code></th><td>{told}</td></tr>");
            }
            let body = call.pointer("/requestBody/content/application~1json/schema");
            if let Some(body) = body {
                let _ = write!(page, "<tr><th>body</th><td>{}</td></tr>", schema(body));
            }
            for (status, answer) in map(call.get("responses")) {
                let shape = answer.pointer("/content/application~1json/schema");
                let shape = shape.map(schema).unwrap_or_default();
                let told = escaped(text(&answer, "/description"));
                let _ = write!(page, "<tr><th>{status}</th><td>{shape} {told}</td></tr>");
            }
            page.push_str("</table>");
        }
    }
    for (name, shape) in map(openapi.pointer("/components/schemas")) {
        let name = escaped(&name);
        let told = escaped(text(&shape, "/description"));
        let shape = serde_json::to_string_pretty(&shape).unwrap_or_default();
        let _ = write!(page, "<h2 id=\"{name}\">{name}</h2><p>{told}</p>");
        let _ = write!(
            page,
            "<details><summary>JSON schema</summary><pre>{}</pre></details>",
            escaped(&shape)
        );
    }
    page
}
