//! Scalars that are the same in other words: quantities, durations, numbers.

use std::cmp::Ordering;
use std::sync::LazyLock;

use serde_json::Value;

use crate::manifest::{Scope, Step, Table};

/// What a text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// `500m`, `0.5`, `1Gi`.
    Quantity,
    /// `90s`, `1m30s`, `1d`.
    Duration,
}

const MONITORING: &str = "PodMonitor.monitoring.coreos.com|ServiceMonitor.monitoring.coreos.com|\
                          PrometheusRule.monitoring.coreos.com|Probe.monitoring.coreos.com";

/// Kinds, path pattern, meaning.
const TABLE: &[(&str, &str, Meaning)] = &[
    (
        "*",
        "PT/spec/**/resources/requests|limits/*",
        Meaning::Quantity,
    ),
    ("*", "PT/spec/overhead/*", Meaning::Quantity),
    ("*", "PT/spec/**/sizeLimit|divisor", Meaning::Quantity),
    (
        "PersistentVolumeClaim",
        "/spec/resources/requests|limits/*",
        Meaning::Quantity,
    ),
    (
        "StatefulSet.apps",
        "/spec/volumeClaimTemplates/[]/spec/resources/requests|limits/*",
        Meaning::Quantity,
    ),
    ("PersistentVolume", "/spec/capacity/*", Meaning::Quantity),
    ("ResourceQuota", "/spec/hard/*", Meaning::Quantity),
    ("LimitRange", "/spec/limits/[]/*/*", Meaning::Quantity),
    (
        "HorizontalPodAutoscaler.autoscaling",
        "/spec/metrics/**/averageValue|value",
        Meaning::Quantity,
    ),
    (
        MONITORING,
        "/spec/**/interval|scrapeTimeout|for|keep_firing_for",
        Meaning::Duration,
    ),
    (
        "HTTPRoute.gateway.networking.k8s.io",
        "/spec/rules/[]/timeouts/*",
        Meaning::Duration,
    ),
    (
        "Certificate.cert-manager.io",
        "/spec/duration|renewBefore",
        Meaning::Duration,
    ),
];

/// Whether two values at one place mean the same.
pub(super) fn same(scope: &Scope, path: &[Step], old: &Value, new: &Value) -> bool {
    if old == new {
        return true;
    }
    match meaning(scope, path) {
        Some(meaning) => {
            matches!((number(meaning, old), number(meaning, new)), (Some(a), Some(b)) if a == b)
        }
        None => same_number(old, new),
    }
}

/// A form that two values of one place share just when they mean the same.
pub(super) fn canonical(scope: &Scope, path: &[Step], value: &Value) -> String {
    let number = meaning(scope, path).and_then(|meaning| number(meaning, value));
    match (number, value) {
        (Some(number), _) => format!("={}e{}", number.digits, number.exponent),
        (None, Value::Number(number)) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        },
        (None, value) => value.to_string(),
    }
}

/// The order of two quantities; none where one is no quantity.
pub(super) fn compare_quantities(old: &Value, new: &Value) -> Option<Ordering> {
    let read = |value| number(Meaning::Quantity, value);
    read(old)?.compare(read(new)?)
}

fn meaning(scope: &Scope, path: &[Step]) -> Option<Meaning> {
    static MEANINGS: LazyLock<Table<Meaning>> = LazyLock::new(|| Table::new(TABLE.iter().copied()));
    MEANINGS.at(scope, path).next().copied()
}

/// `1` and `1.0`.
fn same_number(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        _ => false,
    }
}

/// `digits × 10^exponent`, without zeros at the end of the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    fn new(mut digits: i128, mut exponent: i32) -> Self {
        if digits == 0 {
            exponent = 0;
        }
        while digits != 0 && digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Self { digits, exponent }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        let least = self.exponent.min(other.exponent);
        let scaled = |number: Self| {
            let power = u32::try_from(number.exponent - least).ok()?;
            number.digits.checked_mul(10_i128.checked_pow(power)?)
        };
        Some(scaled(self)?.cmp(&scaled(other)?))
    }
}

fn number(meaning: Meaning, value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    match meaning {
        Meaning::Quantity => quantity(&text),
        Meaning::Duration => duration(&text),
    }
}

/// `[+-]digits[.digits]`; longer ones than any real value are not read.
fn decimal(text: &str) -> Option<Decimal> {
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part}");
    let valid = !digits.is_empty() && digits.len() <= 30;
    if !valid || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = -i32::try_from(part.len()).ok()?;
    Some(Decimal::new(sign * digits.parse::<i128>().ok()?, exponent))
}

/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
fn quantity(text: &str) -> Option<Decimal> {
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let number = decimal(number)?;
    let decimal = |power: i32| Some(Decimal::new(number.digits, number.exponent + power));
    let binary = |power: u32| {
        let digits = number.digits.checked_mul(1024_i128.pow(power))?;
        Some(Decimal::new(digits, number.exponent))
    };
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            (-100..=100).contains(&power).then_some(())?;
            decimal(power)
        }
    }
}

/// The durations of Go and of Prometheus, in nanoseconds.
fn duration(text: &str) -> Option<Decimal> {
    if text == "0" {
        return Some(Decimal::new(0, 0));
    }
    let mut rest = text;
    let mut sum = 0_i128;
    while !rest.is_empty() {
        let split = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number = decimal(&rest[..split])?;
        rest = &rest[split..];
        let end = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            "y" => 31_536_000_000_000_000,
            _ => return None,
        };
        rest = &rest[end..];
        let power = 10_i128.checked_pow(number.exponent.unsigned_abs())?;
        let scaled = number.digits.checked_mul(unit)?;
        let nanoseconds = if number.exponent < 0 {
            scaled / power
        } else {
            scaled.checked_mul(power)?
        };
        sum = sum.checked_add(nanoseconds)?;
    }
    (!text.is_empty()).then(|| Decimal::new(sum, 0))
}

#[cfg(test)]
mod tests {
    use super::{duration, quantity};

    #[test]
    fn quantities_by_value() {
        for (a, b) in [
            ("1", "1000m"),
            ("0.5", "500m"),
            ("1Gi", "1024Mi"),
            ("1G", "1000M"),
            ("1e3", "1k"),
            ("0", "0Gi"),
            ("1.0", "1"),
            (".5", "500m"),
        ] {
            assert!(
                quantity(a).is_some() && quantity(a) == quantity(b),
                "{a} {b}"
            );
        }
        for (a, b) in [("1G", "1Gi"), ("1", "1m"), ("1", "-1")] {
            assert_ne!(quantity(a), quantity(b));
        }
        let long = "9".repeat(40);
        for bad in [
            "",
            "Gi",
            "1Zi",
            "1e999",
            "1.2.3",
            &long,
            "99999999999999999999999999999Ei",
        ] {
            assert_eq!(quantity(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_by_length() {
        for (a, b) in [
            ("90s", "1m30s"),
            ("1.5h", "90m"),
            ("1d", "24h"),
            ("0", "0s"),
        ] {
            assert!(
                duration(a).is_some() && duration(a) == duration(b),
                "{a} {b}"
            );
        }
        for bad in ["", "5", "s", "1x", "-1s", "1s "] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
