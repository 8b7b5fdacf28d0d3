//! `docs/openapi.json`: the calls that `api::describe` lists, with the schemas of their types.

use std::collections::BTreeMap;

use bocage_node::api::describe::{Access, CALLS, Call, DOWNLOADS, Download};
use bocage_node::api::{
    admin, command, erasures, error, groups, guests, live, oversight, own_data, rows, session,
    status,
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

fn add<T: ToSchema>(schemas: &mut BTreeMap<String, Value>) {
    let mut found = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut found);
    for (name, schema) in found {
        let schema = serde_json::to_value(schema).expect("schemas are plain JSON");
        schemas.insert(name, schema);
    }
}

fn schemas() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    add::<session::Welcome>(&mut all);
    add::<session::SignIn>(&mut all);
    add::<session::Me>(&mut all);
    add::<session::Preferences>(&mut all);
    add::<session::ChangePassword>(&mut all);
    add::<session::SessionRow>(&mut all);
    add::<own_data::OwnData>(&mut all);
    add::<own_data::DeleteAccount>(&mut all);
    add::<error::Failure>(&mut all);
    add::<rows::Today>(&mut all);
    add::<rows::SpaceList>(&mut all);
    add::<rows::SpaceDetail>(&mut all);
    add::<rows::ItemPage>(&mut all);
    add::<rows::ItemDetail>(&mut all);
    add::<rows::MessagePage>(&mut all);
    add::<rows::ChannelRow>(&mut all);
    add::<rows::Member>(&mut all);
    add::<groups::GroupList>(&mut all);
    add::<groups::SpaceGroup>(&mut all);
    add::<rows::SearchRow>(&mut all);
    add::<erasures::ErasureRow>(&mut all);
    add::<erasures::ErasurePlan>(&mut all);
    add::<rows::Template>(&mut all);
    add::<status::SiteStatus>(&mut all);
    add::<oversight::HeldPage>(&mut all);
    add::<oversight::AuditPage>(&mut all);
    add::<bocage_crdt::features::Command>(&mut all);
    add::<command::CommandEnvelope>(&mut all);
    add::<command::CommandAnswer>(&mut all);
    add::<live::BrowserMessage>(&mut all);
    add::<live::SiteMessage>(&mut all);
    add::<admin::AddPerson>(&mut all);
    add::<admin::ResetPassword>(&mut all);
    add::<admin::GiveRights>(&mut all);
    add::<admin::PersonReady>(&mut all);
    add::<admin::Fingerprints>(&mut all);
    add::<admin::Counters>(&mut all);
    add::<guests::GuestList>(&mut all);
    add::<guests::CopyList>(&mut all);
    add::<guests::Leaving>(&mut all);
    add::<guests::InviteGuestPerson>(&mut all);
    add::<guests::GuestPersonReady>(&mut all);
    add::<guests::InviteGuestSite>(&mut all);
    add::<guests::GuestTicketReady>(&mut all);
    let lists = CALLS
        .iter()
        .filter_map(|call| call.answer?.strip_prefix("Rows_"));
    for row in lists {
        let rows = json!({ "type": "array", "items": reference(row) });
        let list = json!({
            "type": "object",
            "description": "A list without pages.",
            "required": ["rows"],
            "properties": { "rows": rows }
        });
        all.insert(format!("Rows_{row}"), list);
    }
    all
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn content(name: &str) -> Value {
    json!({ "application/json": { "schema": reference(name) } })
}

fn parameter(place: &str, name: &str, description: &str) -> Value {
    json!({
        "in": place, "name": name, "description": description,
        "required": place != "query", "schema": { "type": "string" }
    })
}

fn operation(call: &Call) -> Value {
    let in_path = call.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(parameter("path", name, ""))
    });
    let in_query = call
        .parameters
        .iter()
        .map(|(name, told)| parameter("query", name, told));
    let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
    if call.access == Access::Change {
        parameters.push(parameter("header", "x-bocage-csrf", "`csrf` of `Me`"));
    }
    let success = match call.answer {
        Some(answer) => (
            "200",
            json!({ "description": "", "content": content(answer) }),
        ),
        None => ("204", json!({ "description": "Done." })),
    };
    let refused = json!({ "description": "Refused.", "content": content("Failure") });
    let mut operation = json!({
        "summary": call.summary,
        "parameters": parameters,
        "responses": { success.0: success.1, "default": refused },
        "security": match call.access {
            Access::Open => json!([]),
            Access::Session | Access::Change => json!([{ "session": [] }]),
            Access::Local => json!([{ "adminToken": [] }]),
            Access::Technician => json!([{ "session": [] }, { "adminToken": [] }]),
        },
    });
    if let Some(body) = call.body {
        operation["requestBody"] = json!({ "required": true, "content": content(body) });
    }
    operation
}

fn download(file: &Download) -> Value {
    let in_path = file.path.contains("{space}");
    let mut parameters: Vec<Value> = Vec::new();
    parameters.extend(in_path.then(|| parameter("path", "space", "")));
    let in_query = file.parameters.iter();
    parameters.extend(in_query.map(|(name, told)| parameter("query", name, told)));
    let schema = match file.rows {
        Some(row) => json!({ "type": "array", "items": reference(row) }),
        None => json!({ "type": "string", "format": "binary" }),
    };
    json!({
        "summary": file.summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": "The file.", "content": { file.media: { "schema": schema } } },
            "default": { "description": "Refused.", "content": content("Failure") },
        },
        "security": [{ "session": [] }],
    })
}

fn openapi() -> Value {
    let mut paths = Map::new();
    for file in DOWNLOADS {
        paths.insert(file.path.into(), json!({ "get": download(file) }));
    }
    for call in CALLS {
        let path = paths.entry(call.path).or_insert_with(|| json!({}));
        path[call.method] = operation(call);
    }
    paths.insert(
        "/ws".into(),
        json!({ "get": {
            "summary": "The live line: a WebSocket whose text frames hold one JSON message each, \
                BrowserMessage to the site and SiteMessage from it. An own Origin is required.",
            "parameters": [],
            "responses": { "101": { "description": "Switching to WebSocket." } },
            "security": [{ "session": [] }]
        }}),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bocage",
            "version": "1",
            "description": "One API for the interface, bots and the command line. Times are \
                milliseconds since 1970 UTC; identifiers are lower-case hex. The rules around it \
                are in docs/api.md.",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" }
        },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "bocage-<first 8 digits of site id>"
                },
                "adminToken": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token in the site's data folder, from its own machine only."
                }
            }
        }
    })
}

#[test]
fn the_description_of_the_api_is_current() {
    let text = serde_json::to_string_pretty(&openapi()).expect("plain JSON");
    super::compare("docs/openapi.json", &format!("{text}\n"));
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(
                    fields
                        .get("$ref")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                );
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let openapi = openapi();
    let mut found = Vec::new();
    walk(&openapi, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(openapi.pointer(pointer).is_some(), "{reference}");
    }
}
