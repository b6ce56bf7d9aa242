//! When a schedule comes next, reckoned as the cluster does.
//!
//! As the compiler reads schedules, so does this reckon them as robfig/cron does, which Kubernetes
//! uses: where both the day of the month and that of the week are restricted, either is enough; a
//! time that a change of clocks leaves out does not come, one that it repeats comes twice.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kubefunctl::resolve::Cron;

/// A schedule that does not come in so many years never comes: the 30th of February.
const YEARS: i16 = 5;

/// The first time after `after`, always a whole minute; `None` where there is none.
pub(crate) fn next(cron: &Cron, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let minute = after.as_second().div_euclid(60) + 1;
    let mut at = Timestamp::from_second(minute * 60)
        .ok()?
        .to_zoned(zone.clone());
    let last = at.year().saturating_add(YEARS);
    while at.year() <= last {
        if !has_day(cron, at.date()) {
            let next = at.tomorrow().ok()?.start_of_day().ok()?;
            // A day that begins twice would bring its first beginning back.
            if next > at {
                at = next;
                continue;
            }
        } else if cron.hours.has(at.hour()) && cron.minutes.has(at.minute()) {
            return Some(at.timestamp());
        }
        at = at.checked_add(1.minute()).ok()?;
    }
    None
}

fn has_day(cron: &Cron, date: Date) -> bool {
    let day = cron.days.has(date.day());
    let weekday = cron.weekdays.has(date.weekday().to_sunday_zero_offset());
    let right = match cron.days.is_open() || cron.weekdays.is_open() {
        true => day && weekday,
        false => day || weekday,
    };
    right && cron.months.has(date.month())
}

#[cfg(test)]
mod tests;
