//! What becomes of messages that are not handled at once.

use super::{duration, names, plain};
use crate::diag::codes::meaning::BAD_NAME;
use crate::diag::codes::running::BAD_BACKOFF;
use crate::diag::{Diagnostic, Report};
use crate::schema::spec::{self, SwitchOr};
use crate::schema::{Located, Text};

/// The runtime's first and longest delay where nothing is written, in milliseconds.
const USUAL: (u64, u64) = (1_000, 60_000);

/// How messages that nobody waits for are delivered again. What is `None` is the runtime's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// Deliveries in all.
    pub attempts: Option<u32>,
    /// The first delay, as the runtime reads it.
    pub min: Option<String>,
    /// The longest delay, as the runtime reads it.
    pub max: Option<String>,
    /// The longest delay, in milliseconds.
    pub longest: u64,
}

pub(super) fn retries(spec: Option<&spec::Retries>, report: &mut Report) -> Retries {
    let nothing = spec::Backoff::default();
    let backoff = spec.and_then(|retries| retries.backoff.as_ref());
    let backoff = backoff.unwrap_or(&nothing);
    let mut read =
        |written: Option<&Located<Text>>| duration::read(written?, 0..=duration::HOUR, report);
    let (min, max) = (read(backoff.min.as_ref()), read(backoff.max.as_ref()));
    let (first, longest) = (min.unwrap_or(USUAL.0), max.unwrap_or(USUAL.1));
    if let Some(place) = backoff.min.as_ref().or(backoff.max.as_ref())
        && first > longest
    {
        let (first, longest) = (duration::shown(first), duration::shown(longest));
        report.push(
            Diagnostic::at(
                &BAD_BACKOFF,
                place.span,
                "the first delay is above the longest",
            )
            .label(format!("from {first} up to {longest}")),
        );
    }
    Retries {
        attempts: spec.and_then(|retries| retries.attempts),
        min: min.map(duration::text),
        max: max.map(duration::text),
        longest,
    }
}

/// The topic of messages that are given up.
pub(super) fn dead_letter(
    spec: Option<&Located<SwitchOr>>,
    topic: &str,
    channel: &str,
    report: &mut Report,
) -> Option<String> {
    let located = spec?;
    match &located.value {
        SwitchOr::Switch(false) => None,
        SwitchOr::Text(name) if !plain::is_no_switch(name, located.span, report) => None,
        SwitchOr::Text(name) => names::topic("a topic", name, located.span, report),
        SwitchOr::Switch(true) => {
            let stem = |name: &str| name.trim_end_matches("#ephemeral").to_owned();
            let name = format!("{}.{}.dead", stem(topic), stem(channel));
            if !names::is_topic(&name) {
                report.push(
                    Diagnostic::at(
                        &BAD_NAME,
                        located.span,
                        format!("`{name}` is too long a topic"),
                    )
                    .label(format!(
                        "{} bytes, {} at most",
                        name.len(),
                        names::TOPIC_MAX
                    ))
                    .help("name the topic here instead of `true`"),
                );
            }
            Some(name)
        }
    }
}
