//! What was probably meant by a schedule that is none.

use super::{Cron, FIELDS, Field, WORDS};
use crate::schema::fault::suggest;

/// The schedule that was probably meant by one that is none.
pub(in crate::resolve) fn meant(text: &str) -> Option<String> {
    if let Some(span) = text.strip_prefix("@every ") {
        return every(span);
    }
    let near = if text.starts_with('@') {
        suggest(text, WORDS.map(|(word, _)| word))?.to_owned()
    } else {
        let mut parts: Vec<_> = text.split_whitespace().collect();
        // Others write the second before the minute.
        if parts.len() == FIELDS.len() + 1 && parts[0] == "0" {
            parts.remove(0);
        }
        if parts.len() != FIELDS.len() {
            return None;
        }
        let parts = parts
            .iter()
            .zip(&FIELDS)
            .map(|(part, field)| one(field, part));
        parts.collect::<Vec<_>>().join(" ")
    };
    (near != text && Cron::parse(&near).is_ok()).then_some(near)
}

/// The fields for `5m` or `2h`, where a clock can say so: that many go into an hour, or a day.
fn every(span: &str) -> Option<String> {
    let span = span.trim();
    let (number, unit) = span.split_at_checked(span.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    let goes_into = |whole: u32| number > 0 && number < whole && whole.is_multiple_of(number);
    match unit {
        "m" if goes_into(60) => Some(format!("*/{number} * * * *")),
        "m" if number == 60 => Some("0 * * * *".to_owned()),
        "h" if number == 1 => Some("0 * * * *".to_owned()),
        "h" if goes_into(24) => Some(format!("0 */{number} * * *")),
        "h" if number == 24 => Some("0 0 * * *".to_owned()),
        _ => None,
    }
}

/// The part of a field, with the word that was probably meant by one that is none.
fn one<'a>(field: &Field, part: &'a str) -> &'a str {
    match field.read(part) {
        Ok(_) => part,
        Err(_) => suggest(part, field.words.iter().copied()).unwrap_or(part),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cron, meant};

    #[test]
    fn what_was_meant() {
        for (text, near) in [
            ("@dayly", Some("@daily")),
            ("@every 5m", Some("*/5 * * * *")),
            ("@every 60m", Some("0 * * * *")),
            ("@every 1h", Some("0 * * * *")),
            ("@every 2h", Some("0 */2 * * *")),
            ("@every 24h", Some("0 0 * * *")),
            ("@every 7m", None),
            ("@every 0m", None),
            ("@every ü", None),
            ("@every ", None),
            ("0 0 3 * * *", Some("0 3 * * *")),
            ("30 0 3 * * *", None),
            ("0 3 * * mox", Some("0 3 * * mon")),
            ("0 3 * jam 7", None),
            ("5", None),
            ("", None),
            ("@daily", None),
        ] {
            assert_eq!(meant(text).as_deref(), near, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_advised_is_a_schedule(text in "(@every )?[@*?/,0-9a-z -]{0,30}") {
            assert!(meant(&text).is_none_or(|near| Cron::parse(&near).is_ok()));
        }
    }
}
