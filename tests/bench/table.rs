//! One row per figure, and the table as people read it.

use serde::Serialize;

/// One figure beside those it is compared with.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Row {
    pub name: String,
    pub unit: &'static str,
    /// None: it was not measured, and `note` says why.
    pub value: Option<f64>,
    /// Whom we compare with, and where their figure comes from.
    pub peer: String,
    pub peer_value: Option<f64>,
    /// The raw operation that bounds it, measured in this run unless it says otherwise.
    pub limit: String,
    pub limit_value: Option<f64>,
    pub target: Option<f64>,
    /// Whether the target holds; None where there is no target or no value.
    pub holds: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Row {
    /// A figure that should be small.
    pub(crate) fn at_most(
        name: impl Into<String>,
        unit: &'static str,
        value: Option<f64>,
        target: f64,
    ) -> Self {
        let holds = value.map(|value| value <= target);
        Self {
            name: name.into(),
            unit,
            value,
            target: Some(target),
            holds,
            ..Self::default()
        }
    }

    /// A figure that should be large.
    pub(crate) fn at_least(
        name: impl Into<String>,
        unit: &'static str,
        value: Option<f64>,
        target: f64,
    ) -> Self {
        let holds = value.map(|value| value >= target);
        Self {
            holds,
            ..Self::at_most(name, unit, value, target)
        }
    }

    /// A figure without a target.
    pub(crate) fn plain(name: impl Into<String>, unit: &'static str, value: Option<f64>) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
            ..Self::default()
        }
    }

    /// What could not be measured, and why.
    pub(crate) fn missing(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            note: reason.into(),
            ..Self::default()
        }
    }

    pub(crate) fn peer(self, peer: impl Into<String>, value: Option<f64>) -> Self {
        Self {
            peer: peer.into(),
            peer_value: value,
            ..self
        }
    }

    pub(crate) fn limit(self, limit: impl Into<String>, value: Option<f64>) -> Self {
        Self {
            limit: limit.into(),
            limit_value: value,
            ..self
        }
    }

    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }
}

/// Three figures that matter, whatever the size.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// The table, and below it the rows that hold nothing and what else is to be said.
pub(crate) fn text(rows: &[Row]) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let mut text = format!(
        "\n{:<58}{:>8} {:<8}{:>9}{:>10}{:>10}  {}\n",
        "workload", "ours", "unit", "target", "peer", "limit", "holds"
    );
    for row in rows {
        let holds = match (row.holds, row.value) {
            (Some(true), _) => "yes",
            (Some(false), _) => "NO",
            (None, None) => "missing",
            (None, Some(_)) => "",
        };
        text.push_str(&format!(
            "{:<58}{:>8} {:<8}{:>9}{:>10}{:>10}  {holds}\n",
            row.name,
            shown(row.value),
            row.unit,
            shown(row.target),
            shown(row.peer_value),
            shown(row.limit_value),
        ));
    }
    text.push('\n');
    for row in rows {
        for (what, words) in [
            ("peer", &row.peer),
            ("limit", &row.limit),
            ("note", &row.note),
        ] {
            if !words.is_empty() {
                text.push_str(&format!("  {}: {what}: {words}\n", row.name));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_value_never_holds() {
        assert_eq!(Row::at_most("x", "ms", None, 1.0).holds, None);
        assert_eq!(Row::at_most("x", "ms", Some(1.0), 1.0).holds, Some(true));
        assert_eq!(Row::at_least("x", "1/s", Some(1.0), 2.0).holds, Some(false));
        let table = text(&[Row::missing("x", "no time")]);
        assert!(
            table.contains("missing") && table.contains("no time"),
            "{table}"
        );
    }
}
