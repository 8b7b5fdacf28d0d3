//! How the API says no: a code for programs, a sentence for people.
//!
//! Which sentence belongs to which code, in both languages, is in `texts`.

use std::borrow::Cow;

use bocage_crdt::features::commands::{Fault, FieldFault};
use serde::{Deserialize, Serialize};

use super::session::Language;
use super::texts::Text;

/// Why a call failed, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// 400: not the shape that is documented.
    BadRequest,
    /// 400: a field has a value that is not among the allowed ones.
    UnknownFieldValue,
    /// 400: a field is longer than its limit.
    TooLong,
    /// 401: no session.
    NotSignedIn,
    /// 401: unknown name or wrong password; never said which.
    WrongPassword,
    /// 403: the csrf header or the origin is missing or wrong.
    Csrf,
    /// 403: the person may not do this.
    Forbidden,
    /// 404: not here, or hidden from this person.
    NotFound,
    /// 409: contradicts what is there.
    Conflict,
    /// 413: the whole request is too large.
    TooLarge,
    /// 429: too many tries.
    TooManyTries,
    /// 503: not now; try again.
    Busy,
    /// 403: the space is closed, or this site can only be read at the moment.
    ReadOnly,
    /// 410: it was here and was erased.
    Erased,
}

impl ErrorCode {
    /// The HTTP status it goes with.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::UnknownFieldValue | Self::TooLong => 400,
            Self::NotSignedIn | Self::WrongPassword => 401,
            Self::Csrf | Self::Forbidden | Self::ReadOnly => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Erased => 410,
            Self::TooLarge => 413,
            Self::TooManyTries => 429,
            Self::Busy => 503,
        }
    }
}

/// A failure, before it is put into a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub text: Text,
    /// The field at fault.
    pub field: Option<Cow<'static, str>>,
    /// The limit that was reached.
    pub limit: Option<u64>,
    /// When trying again makes sense.
    pub retry_after_seconds: Option<u32>,
}

/// A failure as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// What happened and what to do, in the language of the session.
    pub message: String,
    /// The field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub field: Option<String>,
    /// The limit that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub limit: Option<u64>,
    /// When trying again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub retry_after_seconds: Option<u32>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Failure {
    /// What went wrong.
    pub error: ErrorBody,
}

impl ApiError {
    /// A failure with the usual sentence of its code.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            text: Text::of(code),
            field: None,
            limit: None,
            retry_after_seconds: None,
        }
    }

    /// The failure with a sentence of its own.
    pub fn with_text(mut self, text: Text) -> Self {
        self.text = text;
        self
    }

    /// The failure, blaming a field.
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The failure, naming the limit that was reached.
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The failure, saying when to try again.
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// A field is missing.
    pub fn missing(field: impl Into<Cow<'static, str>>) -> Self {
        let error = Self::new(ErrorCode::BadRequest);
        error.with_text(Text::MissingField).with_field(field)
    }

    /// A field that nobody knows.
    pub fn unknown_field(field: impl Into<Cow<'static, str>>) -> Self {
        let error = Self::new(ErrorCode::BadRequest);
        error.with_text(Text::UnknownField).with_field(field)
    }

    /// A field whose value is not allowed.
    pub fn value(field: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::UnknownFieldValue).with_field(field)
    }

    /// A field longer than `limit` bytes.
    pub fn too_long(field: impl Into<Cow<'static, str>>, limit: usize) -> Self {
        let error = Self::new(ErrorCode::TooLong);
        error.with_field(field).with_limit(limit as u64)
    }

    /// Not here, or hidden from this person: the answer is the same.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound)
    }

    /// The person may not do this.
    pub fn forbidden() -> Self {
        Self::new(ErrorCode::Forbidden)
    }

    /// Not now.
    pub fn busy() -> Self {
        Self::new(ErrorCode::Busy).with_retry_after(1)
    }

    /// What is sent.
    pub fn body(&self, language: Language) -> ErrorBody {
        ErrorBody {
            code: self.code,
            message: self.text.say(self, language),
            field: self.field.as_deref().map(str::to_owned),
            limit: self.limit,
            retry_after_seconds: self.retry_after_seconds,
        }
    }
}

impl From<FieldFault> for ApiError {
    fn from(fault: FieldFault) -> Self {
        match fault.fault {
            Fault::TooLong(limit) => Self::too_long(fault.field, limit),
            Fault::TooMany(limit) => Self::too_long(fault.field, limit).with_text(Text::TooMany),
            Fault::Empty => Self::value(fault.field).with_text(Text::Empty),
            Fault::Unprintable => Self::value(fault.field).with_text(Text::Unprintable),
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text.say(self, Language::En))
    }
}

impl std::error::Error for ApiError {}
