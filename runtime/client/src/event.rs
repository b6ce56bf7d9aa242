//! What is sent, before it is.

use kubefuncs_messages::{Any, Event};
use kubefuncs_nsq::Topic;

use crate::id;
use crate::payload::IntoPayload;

/// An event for `topic` under a new id, with nothing in it but `payload`: what an event that is
/// emitted is at least.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_event(topic: &Topic, payload: impl IntoPayload) -> Result<Event, getrandom::Error> {
    Ok(Event {
        id: id::uuid()?,
        topic: topic.to_string(),
        payload: Some(Any::from(payload.into_payload())),
        ..Event::default()
    })
}
