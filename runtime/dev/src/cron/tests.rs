use jiff::Zoned;
use proptest::prelude::*;

use super::*;

/// The next times of a schedule, as the clock on the wall shows them.
fn next(schedule: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(schedule).unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let mut at: Timestamp = after.parse().unwrap();
    let mut times = Vec::new();
    for _ in 0..count {
        let Some(next) = super::next(&cron, at, &zone) else {
            break;
        };
        at = next;
        times.push(
            next.to_zoned(zone.clone())
                .strftime("%F %H:%M %:z")
                .to_string(),
        );
    }
    times
}

fn utc(schedule: &str, after: &str, count: usize) -> Vec<String> {
    let times = next(schedule, "Etc/UTC", after, count).into_iter();
    times
        .map(|time| time.trim_end_matches(" +00:00").to_owned())
        .collect()
}

#[test]
fn times_follow_the_fields() {
    let after = "2026-02-27T23:58:30Z";
    for (schedule, expected) in [
        ("* * * * *", ["2026-02-27 23:59", "2026-02-28 00:00"]),
        ("*/20 * * * *", ["2026-02-28 00:00", "2026-02-28 00:20"]),
        ("5/30 3 * * *", ["2026-02-28 03:05", "2026-02-28 03:35"]),
        ("0 8-18/5 * * *", ["2026-02-28 08:00", "2026-02-28 13:00"]),
        ("0 0 31 * *", ["2026-03-31 00:00", "2026-05-31 00:00"]),
        ("0 0 29 feb ?", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("0 12 ? * MON-fri", ["2026-03-02 12:00", "2026-03-03 12:00"]),
        ("@hourly", ["2026-02-28 00:00", "2026-02-28 01:00"]),
        ("@weekly", ["2026-03-01 00:00", "2026-03-08 00:00"]),
        ("@monthly", ["2026-03-01 00:00", "2026-04-01 00:00"]),
        ("@annually", ["2027-01-01 00:00", "2028-01-01 00:00"]),
        // Both days restricted: either will do. One of them open: both have to fit.
        ("0 0 13 * fri", ["2026-03-06 00:00", "2026-03-13 00:00"]),
        ("0 0 */15 * tue", ["2026-03-01 00:00", "2026-03-03 00:00"]),
        ("0 0 */1 * tue", ["2026-03-03 00:00", "2026-03-10 00:00"]),
    ] {
        assert_eq!(utc(schedule, after, 2), expected, "{schedule}");
    }
}

#[test]
fn a_time_is_never_its_own_successor() {
    assert_eq!(
        utc("30 10 * * *", "2026-05-05T10:30:00Z", 1),
        ["2026-05-06 10:30"]
    );
    assert_eq!(
        utc("30 10 * * *", "2026-05-05T10:29:59.999Z", 1),
        ["2026-05-05 10:30"]
    );
}

#[test]
fn what_never_comes_is_none() {
    assert_eq!(utc("0 0 30 2 *", "2026-01-01T00:00:00Z", 1), [""; 0]);
    assert_eq!(
        utc("* * * * *", "9999-12-30T21:59:00Z", 5),
        ["9999-12-30 22:00"],
        "there is no later time"
    );
}

#[test]
fn clocks_that_are_changed_leave_out_and_repeat() {
    let spring = "2026-03-28T12:00:00Z";
    assert_eq!(
        next("30 2 * * *", "Europe/Vienna", spring, 2),
        ["2026-03-30 02:30 +02:00", "2026-03-31 02:30 +02:00"]
    );
    assert_eq!(
        next("0 * * * *", "Europe/Vienna", "2026-03-29T00:00:00Z", 2),
        ["2026-03-29 03:00 +02:00", "2026-03-29 04:00 +02:00"]
    );
    let autumn = "2026-10-24T12:00:00Z";
    assert_eq!(
        next("30 2 * * *", "Europe/Vienna", autumn, 3),
        [
            "2026-10-25 02:30 +02:00",
            "2026-10-25 02:30 +01:00",
            "2026-10-26 02:30 +01:00"
        ]
    );
    // Midnight is left out there: the day begins at one.
    assert_eq!(
        next(
            "*/30 0,1 * * *",
            "America/Sao_Paulo",
            "2018-11-04T02:40:00Z",
            2
        ),
        ["2018-11-04 01:00 -02:00", "2018-11-04 01:30 -02:00"]
    );
    // Midnight comes twice there, and the evening before it in between.
    assert_eq!(
        next("0 0 7 11 *", "America/St_Johns", "2010-11-07T00:00:00Z", 3),
        [
            "2010-11-07 00:00 -02:30",
            "2010-11-07 00:00 -03:30",
            "2011-11-07 00:00 -03:30"
        ]
    );
}

fn item(least: u32, greatest: u32) -> impl Strategy<Value = String> {
    let number = least..=greatest;
    prop_oneof![
        Just("*".to_owned()),
        number.clone().prop_map(|n| n.to_string()),
        (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        (number, 1..40_u32).prop_map(|(n, step)| format!("{n}/{step}")),
        (2..40_u32).prop_map(|step| format!("*/{step}")),
    ]
}

proptest! {
    /// Every minute up to the next time is looked at by the plainest means there is.
    #[test]
    fn no_time_is_passed_over(
        fields in (item(0, 59), item(0, 23), item(1, 31), item(1, 12), item(0, 6)),
        second in 1_500_000_000_i64..1_800_000_000,
        zone in prop::sample::select(vec!["Etc/UTC", "Europe/Vienna", "Australia/Lord_Howe"]),
    ) {
        let (a, b, c, d, e) = fields;
        let cron = Cron::parse(&format!("{a} {b} {c} {d} {e}")).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let after = Timestamp::from_second(second).unwrap();
        let next = super::next(&cron, after, &zone);
        if let Some(next) = next {
            prop_assert!(next > after && next.as_second() % 60 == 0);
            prop_assert!(fits(&cron, &next.to_zoned(zone.clone())));
        }
        let end = next.map_or(i64::MAX, Timestamp::as_second);
        let minutes = (second / 60 + 1..).map(|minute| minute * 60);
        for minute in minutes.take(3 * 24 * 60).take_while(|minute| *minute < end) {
            let at = Timestamp::from_second(minute).unwrap().to_zoned(zone.clone());
            prop_assert!(!fits(&cron, &at), "{} was passed over", at);
        }
    }
}

fn fits(cron: &Cron, at: &Zoned) -> bool {
    let date = has_day(cron, at.date());
    date && cron.hours.has(at.hour()) && cron.minutes.has(at.minute())
}
