//! Names as labels: as many as are configured, not as many as processes make up.

/// The end of names that live as long as their consumer.
const EPHEMERAL: &str = "#ephemeral";
/// What reply topics begin with.
const REPLY: &str = "rpc-";

/// All reply topics together.
pub(crate) const REPLIES: &str = "rpc-*#ephemeral";
/// All other ephemeral names together.
const EPHEMERALS: &str = "*#ephemeral";
/// All names beyond the bound together.
pub(crate) const OTHERS: &str = "*";

/// Whether it is the name of a caller's reply topic.
pub(crate) fn is_reply_topic(topic: &str) -> bool {
    topic.starts_with(REPLY) && topic.ends_with(EPHEMERAL)
}

/// The label of a topic or channel. No name has a `*`.
pub(crate) fn of(name: &str) -> &str {
    match () {
        () if is_reply_topic(name) => REPLIES,
        () if name.ends_with(EPHEMERAL) => EPHEMERALS,
        () => name,
    }
}

/// Whether a label stands for many names.
pub(crate) fn is_of_many(label: &str) -> bool {
    label.contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_and_go_are_told_together() {
        assert_eq!(of("orders"), "orders");
        assert_eq!(of("rpc-orders"), "rpc-orders");
        assert_eq!(of("rpc-host-abc#ephemeral"), REPLIES);
        assert_eq!(of("default#ephemeral"), EPHEMERALS);
        assert!(is_of_many(of("x#ephemeral")) && is_of_many(OTHERS) && !is_of_many("x"));
    }
}
