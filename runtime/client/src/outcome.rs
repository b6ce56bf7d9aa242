//! What a function tells about the end of an event that nobody waits for.
//!
//! An outcome is an event with the id of the one it is about, published to that one's `notify`
//! topic. Its payload is the handler's reply, or `kubefuncs.Error`; the rest is metadata.

use kubefuncs_messages::Event;

/// Metadata: how it ended, in a word of [`OutcomeKind::as_str`].
pub(crate) const OUTCOME: &str = "outcome";
/// Metadata: the delivery that ended it.
pub(crate) const ATTEMPT: &str = "attempt";
/// Metadata: the topic the event is kept in.
pub(crate) const DEAD_LETTER: &str = "dead-letter";

/// How an event ended that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// The handler succeeded.
    Done,
    /// The handler failed, and the event was dropped.
    Failed,
    /// The handler failed, and the event was put into a dead-letter topic.
    DeadLettered,
}

impl OutcomeKind {
    const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::DeadLettered];

    /// A short lower-case word for programs: `done`, `failed`, `dead-lettered`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::DeadLettered => "dead-lettered",
        }
    }
}

/// Whether an event tells an outcome: a reply has no such metadata.
pub(crate) fn is_outcome(event: &Event) -> bool {
    event.metadata.contains_key(OUTCOME)
}

pub(crate) fn kind(told: &Event) -> OutcomeKind {
    let word = told.metadata.get(OUTCOME).map_or("", String::as_str);
    OutcomeKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .unwrap_or(OutcomeKind::Failed)
}

pub(crate) fn attempt(told: &Event) -> u32 {
    told.metadata
        .get(ATTEMPT)
        .and_then(|attempt| attempt.parse().ok())
        .unwrap_or(1)
}

/// Sets how the event with this outcome ended.
pub(crate) fn mark(event: &mut Event, kind: OutcomeKind, attempt: u16, dead_letter: Option<&str>) {
    let mut set = |name: &str, value: String| event.metadata.insert(name.to_owned(), value);
    set(OUTCOME, kind.as_str().to_owned());
    set(ATTEMPT, attempt.to_string());
    if let Some(topic) = dead_letter {
        set(DEAD_LETTER, topic.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubefuncs_messages::Message;

    #[test]
    fn what_is_marked_is_read() {
        for kind in OutcomeKind::ALL {
            let mut event = Event::default();
            assert!(!is_outcome(&event));
            mark(&mut event, kind, 7, Some("a.b.dead"));
            assert!(is_outcome(&event));
            assert_eq!((super::kind(&event), attempt(&event)), (kind, 7));
            assert_eq!(event.metadata[DEAD_LETTER], "a.b.dead");
        }
    }

    /// The same bytes as in docs/protocol.md.
    #[test]
    fn an_outcome_is_what_the_test_vector_holds() {
        let mut event = Event {
            id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            topic: "rpc-a#ephemeral".into(),
            payload: Some(crate::reply::error("stock", "no stock", false).into()),
            ..Event::default()
        };
        mark(
            &mut event,
            OutcomeKind::DeadLettered,
            5,
            Some("orders.default.dead"),
        );
        let vector = include_bytes!("../../messages/tests/fixtures/outcome.bin");
        assert_eq!(event.encode_to_vec(), vector);
    }
}
