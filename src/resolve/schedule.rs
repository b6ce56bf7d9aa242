//! Events that are sent by the clock.

use super::{Cron, cron};
use crate::diag::codes::running::{BAD_SCHEDULE, EMPTY_MESSAGE};
use crate::diag::codes::shape::BAD_FORMAT;
use crate::diag::{Diagnostic, Report};
use crate::schema::spec;
use crate::schema::{Located, Text};
use crate::source::Span;

/// The time zone where none is written.
const UTC: &str = "Etc/UTC";

/// An event that is sent by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When, as Kubernetes writes it.
    pub cron: String,
    /// The time zone of `cron`.
    pub timezone: String,
    /// The event's body.
    pub body: String,
    /// Where it is written.
    pub span: Span,
}

pub(super) fn resolve(
    spec: Option<&Vec<Located<spec::Schedule>>>,
    raw: bool,
    report: &mut Report,
) -> Vec<Schedule> {
    let written = spec.into_iter().flatten();
    written.map(|located| one(located, raw, report)).collect()
}

fn one(located: &Located<spec::Schedule>, raw: bool, report: &mut Report) -> Schedule {
    if let Err(why) = Cron::parse(&located.cron.0) {
        let message = "this is not a schedule";
        let diagnostic = Diagnostic::at(&BAD_SCHEDULE, located.cron.span, message).label(why);
        report.push(match cron::meant(&located.cron.0) {
            Some(near) => diagnostic.help(format!("did you mean `\"{near}\"`?")),
            None => diagnostic,
        });
    }
    let timezone = located.timezone.as_ref();
    let body = located.body.as_ref();
    if raw && body.is_none_or(|body| body.0.is_empty()) {
        report.push(empty(located));
    }
    Schedule {
        cron: located.cron.0.clone(),
        timezone: timezone
            .filter(|zone| is_zone(zone, report))
            .map_or(UTC, |zone| zone.0.as_str())
            .to_owned(),
        body: body.map(|body| body.0.clone()).unwrap_or_default(),
        span: located.span,
    }
}

/// With `payload: raw` the body is the whole message.
fn empty(located: &Located<spec::Schedule>) -> Diagnostic {
    let (span, label) = match &located.body {
        Some(body) => (body.span, "nothing would be sent"),
        None => (located.span, "has no `body`"),
    };
    Diagnostic::at(&EMPTY_MESSAGE, span, "a raw message cannot be empty")
        .label(label)
        .help("write a `body`, or leave out `payload: raw`: an event may be without")
}

/// Whether this looks like a name of the time zone database; which names there are, the cluster
/// knows.
fn is_zone(zone: &Located<Text>, report: &mut Report) -> bool {
    let word = |part: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b"_+-".contains(&b);
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(inner)
    };
    let good = zone.0.split('/').all(word) && zone.0 != "Local";
    if !good {
        report.push(
            Diagnostic::at(&BAD_FORMAT, zone.span, "this is not a time zone")
                .label("expected a name such as Europe/Vienna or Etc/UTC"),
        );
    }
    good
}
