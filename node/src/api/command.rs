//! A command as it arrives, and what it answers.
//!
//! The commands themselves belong to their features (`bocage_crdt::features::commands`). Here is
//! only the envelope, and the reading of JSON that names the field at fault.

use bocage_crdt::features::Command;
use bocage_crdt::ids::{CommandId, ItemId, SpaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{ApiError, ErrorCode};
use super::rows::ItemRow;
use super::texts::Text;

/// A command with the id that its client made: sending it again does it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct CommandEnvelope {
    /// 16 random bytes, made by the client.
    pub id: CommandId,
    /// What is asked.
    #[serde(flatten)]
    pub command: Command,
}

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandAnswer {
    /// The space it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub space: Option<SpaceId>,
    /// The item it made or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub item: Option<ItemId>,
    /// Where the item stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub order: Option<String>,
    /// The item's row as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub row: Option<ItemRow>,
}

impl CommandEnvelope {
    /// Reads a request body. Names come out as they are kept, every field is within its bound.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let envelope: Self = serde_json::from_slice(body).map_err(|_| blame::<Self>(body))?;
        Ok(Self {
            id: envelope.id,
            command: envelope.command.checked()?,
        })
    }
}

/// Reads any other request body.
pub fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| blame::<T>(body))
}

/// Why `body` is not a `T`: slow and thorough, for the path on which the client is wrong anyway.
///
/// serde names unknown and missing fields in its message only, and forgets the field of a wrong
/// value inside a tagged enum. So each field is left out in turn: the one that is then missed, or
/// without which all is well, is the one at fault.
fn blame<T: serde::de::DeserializeOwned>(body: &[u8]) -> ApiError {
    let bad = ApiError::new(ErrorCode::BadRequest);
    let Ok(text) = std::str::from_utf8(body) else {
        return bad.with_text(Text::NotJson);
    };
    let fields: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return bad,
        Err(_) => return bad.with_text(Text::NotJson),
    };
    let try_without = |left_out: Option<&str>| {
        let mut fields = fields.clone();
        left_out.map(|name| fields.remove(name));
        serde_json::from_value::<T>(Value::Object(fields))
            .err()
            .map(|error| error.to_string())
    };
    // A field given twice is an error of the text, not of the map.
    let Some(message) = try_without(None) else {
        return bad;
    };
    let named = |start: &str, message: &str| {
        let rest = message.strip_prefix(start)?.strip_prefix(" `")?;
        Some(rest.split('`').next()?.to_owned())
    };
    if let Some(name) = named("unknown field", &message) {
        return ApiError::unknown_field(name);
    }
    if let Some(name) = named("missing field", &message) {
        return ApiError::missing(name);
    }
    // These are looked at before all other fields, so leaving them out always tells of them: last.
    let early = ["do", "feature", "id"];
    let others = fields.keys().map(String::as_str);
    let others = others.filter(|name| !early.contains(name));
    let present = early.into_iter().filter(|name| fields.contains_key(*name));
    let at_fault = others
        .chain(present)
        .find(|name| match try_without(Some(name)) {
            None => true,
            Some(message) => named("missing field", &message).as_deref() == Some(*name),
        });
    at_fault.map_or(bad, |name| ApiError::value(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";

    fn send(fields: &str) -> Result<CommandEnvelope, ApiError> {
        CommandEnvelope::parse(format!("{{\"id\":\"{ID}\",{fields}}}").as_bytes())
    }

    fn message(text: &str) -> String {
        let (space, item) = ("11".repeat(32), "22".repeat(16));
        format!(
            r#""feature":"message","do":"send","space":"{space}","channel":"{item}","text":{text}"#
        )
    }

    #[test]
    fn a_command_is_read_whatever_the_order_of_its_fields() {
        let envelope = send(&message(r#""élagage 🇫🇷""#)).expect("well formed");
        assert_eq!(envelope.id.to_string(), ID);
        let text = serde_json::to_string(&envelope).expect("encodes");
        assert_eq!(
            CommandEnvelope::parse(text.as_bytes()),
            Ok(envelope.clone())
        );
        let Value::Object(fields) = serde_json::from_str(&text).expect("an object") else {
            panic!("an object");
        };
        let reversed: Vec<String> = fields
            .iter()
            .rev()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let reversed = format!("{{{}}}", reversed.join(","));
        assert_eq!(CommandEnvelope::parse(reversed.as_bytes()), Ok(envelope));
    }

    #[test]
    fn the_field_at_fault_is_named() {
        use ErrorCode::{BadRequest, TooLong, UnknownFieldValue};
        let space = "11".repeat(32);
        let cases = [
            (
                message(r#""a","colour":"haie""#),
                BadRequest,
                Some("colour"),
            ),
            (message("3"), UnknownFieldValue, Some("text")),
            (message(r#"" \n""#), UnknownFieldValue, Some("text")),
            (
                message(&format!("\"{}\"", "é".repeat(8_193))),
                TooLong,
                Some("text"),
            ),
            (
                r#""feature":"message","do":"send""#.into(),
                BadRequest,
                Some("space"),
            ),
            (
                r#""feature":"weather","do":"send""#.into(),
                UnknownFieldValue,
                Some("feature"),
            ),
            (
                r#""feature":"message","do":"shout""#.into(),
                UnknownFieldValue,
                Some("do"),
            ),
            (r#""do":"send""#.into(), BadRequest, Some("feature")),
            (
                format!(
                    r#""feature":"space","do":"join","space":"{}""#,
                    "1".repeat(63)
                ),
                UnknownFieldValue,
                Some("space"),
            ),
            (
                format!(r#""feature":"channel","do":"create","space":"{space}","name":"a\u202eb""#),
                UnknownFieldValue,
                Some("name"),
            ),
            (r#""feature":"message","#.into(), BadRequest, None),
        ];
        for (fields, code, field) in cases {
            let error = send(&fields).expect_err(&fields);
            assert_eq!(
                (error.code, error.field.as_deref()),
                (code, field),
                "{fields}"
            );
        }
        let bad_utf8 = CommandEnvelope::parse(b"{\"id\":\"\xff\"}").expect_err("bad UTF-8");
        assert_eq!(bad_utf8.text, Text::NotJson);
    }

    #[test]
    fn names_are_kept_in_one_form() {
        let space = "11".repeat(32);
        let envelope = send(&format!(
            r#""feature":"channel","do":"create","space":"{space}","name":" Cafe\u0301 ""#
        ));
        let text = serde_json::to_string(&envelope.expect("well formed")).expect("encodes");
        assert!(text.contains("\"Café\""), "{text}");
    }
}
