//! Names: nsqd's rule, and nothing that breaks it can be built.

use kubefuncs_nsq_proto::{Channel, MAX_NAME_LENGTH, NameError, Topic};
use proptest::prelude::*;

#[test]
fn lengths_include_the_suffix() {
    for (name, good) in [
        ("a".to_owned(), true),
        ("a".repeat(64), true),
        ("a".repeat(65), false),
        ("a".repeat(54) + "#ephemeral", true),
        ("a".repeat(55) + "#ephemeral", false),
        ("rpc-host-0123456789abcdefghij#ephemeral".to_owned(), true),
    ] {
        assert_eq!(Topic::new(&name).is_ok(), good, "{name}");
        assert_eq!(Channel::new(&name).is_ok(), good, "{name}");
    }
}

#[test]
fn what_would_inject_or_redirect_is_no_name() {
    assert_eq!(Topic::new(""), Err(NameError::Empty));
    assert_eq!(Topic::new("#ephemeral"), Err(NameError::Empty));
    for name in [
        "orders extra",
        "a\nPUB b",
        "bad$",
        "a#ephemeral#ephemeral",
        "é",
        "a#b",
        "a/b",
    ] {
        assert!(
            matches!(Topic::new(name), Err(NameError::Character { .. })),
            "{name:?}"
        );
    }
    assert_eq!(
        Topic::new("ab c"),
        Err(NameError::Character {
            character: ' ',
            at: 2
        })
    );
}

#[test]
fn the_suffix_is_seen() {
    assert!(Topic::new("a#ephemeral").unwrap().is_ephemeral());
    assert!(!Topic::new("aephemeral").unwrap().is_ephemeral());
}

/// The rule once more, as nsqd has it: a regular expression and a length.
fn rule(name: &str) -> bool {
    let stem = name.strip_suffix("#ephemeral").unwrap_or(name);
    !stem.is_empty()
        && name.len() <= MAX_NAME_LENGTH
        && stem
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

proptest! {
    #[test]
    fn any_string_is_judged_by_the_rule(name in "\\PC{0,70}|[a-z.#_-]{0,70}(#ephemeral)?") {
        prop_assert_eq!(Topic::new(&name).is_ok(), rule(&name));
    }

    #[test]
    fn a_name_is_shown_and_read_back(name in "[.a-zA-Z0-9_-]{1,54}(#ephemeral)?") {
        let topic: Topic = name.parse().unwrap();
        prop_assert_eq!(topic.to_string(), name);
    }
}
