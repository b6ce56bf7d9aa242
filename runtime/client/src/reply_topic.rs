//! Names of reply topics: ours, and those a function may answer to.

use kubefuncs_nsq::Topic;

const PREFIX: &str = "rpc-";
const SUFFIX: &str = "#ephemeral";
/// What 64 bytes leave for the host beside prefix, suffix, a dash and 20 random characters.
const HOST_LENGTH: usize = 64 - PREFIX.len() - SUFFIX.len() - 1 - 20;

/// The reply topic of a process on `host`: `rpc-<host>-<random>#ephemeral`.
///
/// `random` is 20 characters of 100 unguessable bits: two processes on one host never share a
/// topic, and nobody forges a reply by guessing. The host is for people; what a name may not hold
/// becomes `-`.
pub(crate) fn name(host: &str, random: &str) -> Topic {
    let host = host
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || ".-_".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(HOST_LENGTH)
        .collect::<String>();
    Topic::new(format!("{PREFIX}{host}-{random}{SUFFIX}")).expect("every part is of a name's form")
}

/// The topic that `named`, the return of a request, stands for, if a function may answer to it:
/// `rpc-…#ephemeral`, or one of the `allowed`.
///
/// Anybody who can publish a request writes that name, so without this a function would publish
/// wherever it is told to.
pub(crate) fn answerable(named: &str, allowed: &[Topic]) -> Option<Topic> {
    let topic = Topic::new(named).ok()?;
    let is_rpc = named.starts_with(PREFIX) && topic.is_ephemeral();
    (is_rpc || allowed.contains(&topic)).then_some(topic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANDOM: &str = "abcdefghij234567abcd";

    proptest! {
        #[test]
        fn every_host_gives_a_name_that_may_be_answered(host in "\\PC{0,80}") {
            let topic = name(&host, RANDOM);
            prop_assert!(topic.as_str().len() <= 64);
            prop_assert!(topic.as_str().contains(RANDOM));
            prop_assert_eq!(answerable(topic.as_str(), &[]), Some(topic));
        }

        #[test]
        fn whatever_is_answerable_is_a_reply_topic(named in "(rpc-)?[a-z \\n$#-]{0,70}(#ephemeral)?") {
            if let Some(topic) = answerable(&named, &[]) {
                prop_assert!(topic.as_str() == named);
                prop_assert!(named.starts_with("rpc-") && named.ends_with("#ephemeral"));
                prop_assert!(named.len() <= 64 && !named.contains([' ', '\n', '$']));
            }
        }
    }

    #[test]
    fn a_long_host_keeps_all_random_characters() {
        let topic = name(&"h".repeat(63), RANDOM);
        assert_eq!(
            topic.as_str(),
            format!("rpc-{}-{RANDOM}#ephemeral", "h".repeat(29))
        );
    }

    #[test]
    fn what_is_not_ours_is_not_answered() {
        let long = format!("rpc-{}#ephemeral", "a".repeat(51));
        assert_eq!(long.len(), 65);
        for hostile in [
            "",
            "orders",
            "orders extra",
            "a\nPUB b",
            "bad$",
            "rpc-",
            "rpc-a",
            &long,
        ] {
            assert_eq!(answerable(hostile, &[]), None, "{hostile:?}");
        }
    }

    #[test]
    fn the_list_allows_more() {
        let orders = Topic::new("orders").unwrap();
        assert_eq!(
            answerable("orders", std::slice::from_ref(&orders)),
            Some(orders.clone())
        );
        assert_eq!(answerable("orders.x", &[orders]), None);
    }
}
