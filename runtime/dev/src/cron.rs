//! When a schedule comes next, reckoned as the cluster does.
//!
//! Kubernetes reads schedules by the library robfig/cron, version 3: `5/10` begins at 5 and has no
//! end of its own; where both the day of the month and that of the week are restricted, either is
//! enough; a time that a change of clocks leaves out does not come, one that it repeats comes
//! twice. General readers of cron differ in each of these.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A schedule that does not come in so many years never comes: the 30th of February.
const YEARS: i16 = 5;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Words, and the fields that they stand for.
const WORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A schedule of five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// The numbers that a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    /// Bit `n` for the number `n`.
    bits: u64,
    /// Whether it is left open, so that another field may decide.
    open: bool,
}

impl Cron {
    /// Reads a schedule; `None` for what the compiler would not have let pass.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let word = WORDS.iter().find(|(word, _)| *word == text);
        let text = word.map_or(text, |(_, fields)| fields);
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return None;
        };
        Some(Self {
            minutes: Field::parse(minutes, (0, 59), &[])?,
            hours: Field::parse(hours, (0, 23), &[])?,
            days: Field::parse(days, (1, 31), &[])?,
            months: Field::parse(months, (1, 12), &MONTHS)?,
            weekdays: Field::parse(weekdays, (0, 6), &DAYS)?,
        })
    }

    /// The first time after `after`, always a whole minute; `None` where there is none.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let minute = after.as_second().div_euclid(60) + 1;
        let mut at = Timestamp::from_second(minute * 60)
            .ok()?
            .to_zoned(zone.clone());
        let last = at.year().saturating_add(YEARS);
        while at.year() <= last {
            if !self.has_day(at.date()) {
                let next = at.tomorrow().ok()?.start_of_day().ok()?;
                // A day that begins twice would bring its first beginning back.
                if next > at {
                    at = next;
                    continue;
                }
            } else if self.hours.has(at.hour()) && self.minutes.has(at.minute()) {
                return Some(at.timestamp());
            }
            at = at.checked_add(1.minute()).ok()?;
        }
        None
    }

    fn has_day(&self, date: Date) -> bool {
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        let right = match self.days.open || self.weekdays.open {
            true => day && weekday,
            false => day || weekday,
        };
        right && self.months.has(date.month())
    }
}

impl Field {
    /// A list of `*`, `5`, `1-5`, each with an optional `/2`.
    fn parse(text: &str, (least, greatest): (u32, u32), words: &[&str]) -> Option<Self> {
        let number = |text: &str| {
            let word = words
                .iter()
                .position(|word| word.eq_ignore_ascii_case(text));
            let number = match word {
                Some(index) => u32::try_from(index).ok()? + least,
                None => text.parse().ok()?,
            };
            (least..=greatest).contains(&number).then_some(number)
        };
        let mut field = Self {
            bits: 0,
            open: false,
        };
        for item in text.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(step.parse::<usize>().ok()?)),
                None => (item, None),
            };
            let all = range == "*" || range == "?";
            let (first, last) = match range.split_once('-') {
                _ if all => (least, greatest),
                Some((first, last)) => (number(first)?, number(last)?),
                None if step.is_some() => (number(range)?, greatest),
                None => (number(range)?, number(range)?),
            };
            let step = step.unwrap_or(1);
            if first > last || step == 0 {
                return None;
            }
            field.bits |= (first..=last)
                .step_by(step)
                .fold(0, |bits, number| bits | 1 << number);
            field.open |= all && step == 1;
        }
        Some(field)
    }

    fn has(self, number: i8) -> bool {
        self.bits >> number & 1 == 1
    }
}

#[cfg(test)]
mod tests;
