//! `tracestate`: what others keep in a trace, bounded as the standard allows.

/// Bytes that are kept at least, by the standard, and at most, by us.
const BYTES: usize = 512;
/// Entries.
const ENTRIES: usize = 32;
/// An entry that is longer is the first to go.
const LONG: usize = 128;

/// As much of it as may be kept: nothing where an entry is none or there are too many; without the
/// long entries, then without the oldest, which are the last, where it is too long.
pub(super) fn bounded(state: &str) -> String {
    let entries = state
        .split(',')
        .map(|entry| entry.trim_matches([' ', '\t']));
    // One more than may be: that is enough to see.
    let mut entries: Vec<_> = entries
        .filter(|entry| !entry.is_empty())
        .take(ENTRIES + 1)
        .collect();
    if entries.len() > ENTRIES || !entries.iter().all(|entry| is_entry(entry)) {
        return String::new();
    }
    if length(&entries) > BYTES {
        entries.retain(|entry| entry.len() <= LONG);
    }
    while length(&entries) > BYTES {
        entries.pop();
    }
    entries.join(",")
}

fn length(entries: &[&str]) -> usize {
    entries
        .iter()
        .map(|entry| entry.len() + 1)
        .sum::<usize>()
        .saturating_sub(1)
}

/// `key=value`: a key of lower-case letters, digits and `_-*/@`, a value of visible ASCII without
/// `,` and `=`, and blanks inside.
fn is_entry(entry: &str) -> bool {
    let Some((key, value)) = entry.split_once('=') else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let in_key = |b: u8| plain(b) || b"_-*/@".contains(&b);
    let in_value = |b: u8| (b' '..=b'~').contains(&b) && b != b',' && b != b'=';
    (1..=256).contains(&key.len())
        && key.bytes().next().is_some_and(plain)
        && key.bytes().all(in_key)
        && (1..=256).contains(&value.len())
        && value.bytes().all(in_value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_kept_as_far_as_the_standard_asks() {
        assert_eq!(bounded("a=1, b@x=2 3\t,,c=4"), "a=1,b@x=2 3,c=4");
        for odd in ["a", "=1", "a=", "A=1", "a=1=2", "a=1,b", "a=é", "a=\u{1}"] {
            assert_eq!(bounded(odd), "", "{odd}");
        }
        let many: Vec<_> = (0..33).map(|index| format!("a{index}=1")).collect();
        assert_eq!(bounded(&many.join(",")), "");
        assert_eq!(bounded(&many[..32].join(",")), many[..32].join(","));
    }

    #[test]
    fn long_entries_go_first_and_then_the_oldest() {
        let (short, long) = ("x".repeat(100), "y".repeat(200));
        let state = format!("a={short},b={long},c={long},d={short}");
        assert_eq!(bounded(&state), format!("a={short},d={short}"));
        let state: Vec<_> = (0..8).map(|index| format!("k{index}={short}")).collect();
        assert_eq!(bounded(&state.join(",")), state[..4].join(","));
    }

    proptest! {
        #[test]
        fn it_is_never_longer_and_does_not_change_twice(state in "([a-z]{1,9}=[ -~]{1,200},?){0,40}") {
            let kept = bounded(&state);
            prop_assert!(kept.len() <= BYTES);
            prop_assert_eq!(bounded(&kept), kept);
        }
    }
}
