//! Times as Kubernetes' CronJobs write them.
//!
//! Kubernetes reads them by the library robfig/cron, version 3: `5/10` begins at 5 and has no end
//! of its own. General readers of cron differ in that.

mod meant;

pub(super) use meant::meant;

/// A schedule: what each of its five fields names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    /// 0 to 59.
    pub minutes: Numbers,
    /// 0 to 23.
    pub hours: Numbers,
    /// Of the month, 1 to 31.
    pub days: Numbers,
    /// 1 to 12.
    pub months: Numbers,
    /// 0 to 6, from Sunday on.
    pub weekdays: Numbers,
}

/// The numbers that a field names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Bit `n` for the number `n`.
    bits: u64,
    open: bool,
}

/// How a field is written: its name, its least and greatest number, and words for its numbers.
struct Field {
    name: &'static str,
    range: (u32, u32),
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    field("minute", (0, 59), &[]),
    field("hour", (0, 23), &[]),
    field("day of the month", (1, 31), &[]),
    field("month", (1, 12), &MONTHS),
    field("day of the week", (0, 6), &DAYS),
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Words, and the fields that they stand for.
const WORDS: [(&str, &str); 7] = [
    ("@annually", "0 0 1 1 *"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
    ("@midnight", "0 0 * * *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@yearly", "0 0 1 1 *"),
];

const fn field(name: &'static str, range: (u32, u32), words: &'static [&'static str]) -> Field {
    Field { name, range, words }
}

impl Cron {
    /// Reads a schedule: five fields, or a word such as `@daily`.
    ///
    /// # Errors
    /// Why Kubernetes would not take it, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = match text.starts_with('@') {
            true => word(text)?,
            false => text,
        };
        if text.contains("TZ=") {
            return Err("the time zone goes into `timezone`".to_owned());
        }
        let parts: Vec<_> = text.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            let found = match parts.len() {
                1 => "1 field".to_owned(),
                many => format!("{many} fields"),
            };
            return Err(format!("{found}, and there have to be five"));
        }
        let mut read = [Numbers::default(); FIELDS.len()];
        for ((field, part), read) in FIELDS.iter().zip(parts).zip(&mut read) {
            *read = field.read(part)?;
        }
        let [minutes, hours, days, months, weekdays] = read;
        Ok(Self {
            minutes,
            hours,
            days,
            months,
            weekdays,
        })
    }
}

/// The fields that a word stands for.
fn word(text: &str) -> Result<&'static str, String> {
    let known = WORDS.iter().find(|(word, _)| *word == text);
    known.map(|(_, fields)| *fields).ok_or_else(|| {
        let words = WORDS.map(|(word, _)| word);
        format!("the words are {}", words.join(", "))
    })
}

impl Numbers {
    /// Whether this number is named.
    #[must_use]
    pub fn has(self, number: impl TryInto<u32>) -> bool {
        let bits = |number| self.bits.checked_shr(number).unwrap_or(0);
        number.try_into().is_ok_and(|number| bits(number) & 1 == 1)
    }

    /// Whether the field is left open, `*` or `?`, so that another one may decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.open
    }
}

impl Field {
    /// A list of `*`, `5`, `1-5`, each with an optional `/2`.
    fn read(&self, part: &str) -> Result<Numbers, String> {
        let mut numbers = Numbers::default();
        for item in part.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(self.step(item, step)?)),
                None => (item, None),
            };
            let all = range == "*" || range == "?";
            let (first, last) = match all {
                true => self.range,
                false => self.ends(item, range, step.is_some())?,
            };
            let step = step.unwrap_or(1);
            let named = (first..=last).filter(|number| (number - first) % step == 0);
            numbers.bits |= named.fold(0, |bits, number| bits | 1 << number);
            numbers.open |= all && step == 1;
        }
        Ok(numbers)
    }

    /// The step of an item, above 0.
    fn step(&self, item: &str, step: &str) -> Result<u32, String> {
        let step = step.parse().ok().filter(|step| *step > 0);
        step.ok_or_else(|| format!("the {}: `{item}` has no step above 0", self.name))
    }

    /// The first and the last number of an item's range; a lone one with a step has no end.
    fn ends(&self, item: &str, range: &str, stepped: bool) -> Result<(u32, u32), String> {
        let (least, greatest) = self.range;
        let number = |text| {
            let number = self.number(text);
            number.ok_or_else(|| {
                let name = self.name;
                format!("the {name}: `{item}` is not in {least} to {greatest}")
            })
        };
        let Some((first, last)) = range.split_once('-') else {
            let first = number(range)?;
            return Ok((first, if stepped { greatest } else { first }));
        };
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(format!("the {}: `{range}` runs backwards", self.name));
        }
        Ok((first, last))
    }

    fn number(&self, text: &str) -> Option<u32> {
        let (least, greatest) = self.range;
        let word = |word: &&str| word.eq_ignore_ascii_case(text);
        let number = match self.words.iter().position(word) {
            Some(index) => u32::try_from(index).ok()? + least,
            None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (least..=greatest).contains(&number).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cron, Numbers};

    fn named(numbers: Numbers) -> Vec<i8> {
        (-1..=i8::MAX)
            .filter(|number| numbers.has(*number))
            .collect()
    }

    #[test]
    fn fields_name_numbers() {
        let cron = Cron::parse("*/20 0-6/2 30/1,15 JAN-mar mon").unwrap();
        assert_eq!(named(cron.minutes), [0, 20, 40]);
        assert_eq!(named(cron.hours), [0, 2, 4, 6]);
        assert_eq!(named(cron.days), [15, 30, 31]);
        assert_eq!(named(cron.months), [1, 2, 3]);
        assert_eq!(named(cron.weekdays), [1]);
        for fields in [
            "59 23 31 12 6",
            "0,1 */2 1/1 dec 0-6",
            "*/99 */4294967295 */31 */2 */7",
        ] {
            let cron = Cron::parse(fields).unwrap();
            assert!(!cron.days.is_open() && !cron.weekdays.is_open(), "{fields}");
        }
        let cron = Cron::parse("0 3 ? * 5,*/1").unwrap();
        assert_eq!(named(cron.days), (1..=31).collect::<Vec<_>>());
        assert_eq!(named(cron.weekdays), (0..=6).collect::<Vec<_>>());
        assert!(cron.days.is_open() && cron.months.is_open() && cron.weekdays.is_open());
        assert_eq!(Cron::parse("@daily"), Cron::parse("0 0 * * *"));
    }

    #[test]
    fn what_kubernetes_would_not_take() {
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "1, * * * *",
            "+1 * * * *",
            "-1 * * * *",
            "a * * * *",
            "99999999999 * * * *",
            "*/99999999999999999999 * * * *",
            "@often",
            "@every 1h",
            "TZ=UTC * * * * *",
        ] {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[@*?/,0-9a-z -]{0,30}") {
            let _ = Cron::parse(&text);
        }
    }
}
