//! Times as Kubernetes' CronJobs write them.

/// A field: its name, its least and greatest number, and words for its numbers.
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

const WORDS: [&str; 7] = [
    "@annually",
    "@daily",
    "@hourly",
    "@midnight",
    "@monthly",
    "@weekly",
    "@yearly",
];

const fn field(name: &'static str, range: (u32, u32), words: &'static [&'static str]) -> Field {
    Field { name, range, words }
}

/// Why Kubernetes would not take `text` for a schedule.
pub(super) fn fault(text: &str) -> Option<String> {
    if text.starts_with('@') {
        let known = WORDS.contains(&text);
        return (!known).then(|| format!("the words are {}", WORDS.join(", ")));
    }
    if text.contains("TZ=") {
        return Some("the time zone goes into `timezone`".to_owned());
    }
    let parts: Vec<_> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some(format!("{} fields, and there have to be five", parts.len()));
    }
    let mut pairs = FIELDS.iter().zip(parts);
    pairs.find_map(|(field, part)| part.split(',').find_map(|item| field.fault(item)))
}

impl Field {
    /// What is wrong with one item of a list: `*`, `5`, `1-5`, each with an optional `/2`.
    fn fault(&self, item: &str) -> Option<String> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|step| step > 0)
        {
            return Some(format!("the {}: `{item}` has no step above 0", self.name));
        }
        if range == "*" || range == "?" {
            return None;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (self.number(first), self.number(last)) {
            (Some(first), Some(last)) if first <= last => None,
            (Some(_), Some(_)) => Some(format!("the {}: `{range}` runs backwards", self.name)),
            _ => {
                let (least, greatest) = self.range;
                Some(format!(
                    "the {}: `{item}` is not in {least} to {greatest}",
                    self.name
                ))
            }
        }
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
    use super::fault;

    #[test]
    fn schedules() {
        for good in [
            "* * * * *",
            "*/5 0-6/2 1,15 JAN-mar mon",
            "0 3 ? * 0",
            "@daily",
            "59 23 31 12 6",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
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
            "@often",
            "TZ=UTC * * * * *",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
