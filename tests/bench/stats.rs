//! Percentiles and medians of what was measured.

use std::time::Duration;

/// Milliseconds.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The value below which this share of the values lies (nearest rank).
pub(crate) fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    percentile(values, 0.5)
}

/// Of several runs: the median of their p50s and the median of their p99s.
pub(crate) fn p50_p99(runs: &[Vec<f64>]) -> (Option<f64>, Option<f64>) {
    let of = |share| {
        let each: Option<Vec<f64>> = runs.iter().map(|run| percentile(run, share)).collect();
        median(&each?)
    };
    (of(0.5), of(0.99))
}

/// All of them together; none if one is missing.
pub(crate) fn sum(values: &[Option<f64>]) -> Option<f64> {
    values.iter().copied().sum()
}
