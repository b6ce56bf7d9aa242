//! Latencies and medians.

use std::time::Duration;

/// Latencies of one measurement.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    nanos: Vec<u64>,
}

impl Samples {
    pub(crate) fn push(&mut self, latency: Duration) {
        self.nanos
            .push(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn append(&mut self, mut other: Samples) {
        self.nanos.append(&mut other.nanos);
    }

    pub(crate) fn len(&self) -> u64 {
        self.nanos.len() as u64
    }

    /// The latencies, in microseconds, that these shares of all do not exceed.
    pub(crate) fn quantiles_us<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.nanos.sort_unstable();
        let last = self.nanos.len().saturating_sub(1);
        shares.map(|share| {
            let at = (share * last as f64).round() as usize;
            self.nanos.get(at).map_or(0.0, |nanos| *nanos as f64 / 1e3)
        })
    }
}

/// The middle of all values; of an even number, the mean of the two in the middle. `NaN` of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_values() {
        assert!(median(vec![]).is_nan());
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
        assert_eq!(median(vec![4.0, 1.0]).to_string(), "2.5");
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let mut samples = Samples::default();
        for micros in (1..=101).rev() {
            samples.push(Duration::from_micros(micros));
        }
        assert_eq!(
            samples.quantiles_us([0.0, 0.5, 0.99, 1.0]),
            [1.0, 51.0, 100.0, 101.0]
        );
        assert_eq!(Samples::default().quantiles_us([0.5]), [0.0]);
    }
}
