//! What a message is, and who is to deal with it.

use kubefuncs_messages::{Any, Event, Message, PING_ID};
use kubefuncs_nsq::{Delivery, Topic};

use super::figures::Fate;
use super::settle::Settling;
use super::{Shared, bury, call, work};
use crate::config::PayloadForm;
use crate::reply_topic;

/// Handles a message to its end and says what is still to be waited for.
///
/// What goes wrong is boxed, here and further down: each message in flight is as large as the largest
/// way it can go, and is moved as a whole.
pub(super) async fn handle(delivery: Delivery, shared: &Shared) -> Settling {
    let event = match read(&delivery, shared.config.payload) {
        Ok(event) => event,
        Err(reason) => return Box::pin(refuse(delivery, "no-event", reason, shared)).await,
    };
    if event.id == PING_ID || !is_for(&event, shared.config.channel.as_str()) {
        return Settling::message(delivery.finish());
    }
    match return_topic(&event, shared) {
        Ok(Some(topic)) => call::handle(delivery, event, topic, shared).await,
        Ok(None) => work::handle(delivery, event, shared).await,
        Err(_) => {
            let reason = "its return is not a topic that may be answered";
            Box::pin(refuse(delivery, "return", reason, shared)).await
        }
    }
}

/// Runs nothing: the message is kept as a dead letter where the configuration says so, else
/// dropped.
async fn refuse(delivery: Delivery, code: &str, reason: &str, shared: &Shared) -> Settling {
    let id = delivery.id();
    let Some(grave) = &shared.graveyard else {
        tracing::error!(%id, reason, "a message was dropped");
        shared.figures.count(Fate::Dead);
        return Settling::message(delivery.finish());
    };
    bury::give_up(delivery, grave, (code, reason), None, shared).await
}

/// Reads the body as the configuration says.
fn read(delivery: &Delivery, form: PayloadForm) -> Result<Event, &'static str> {
    match form {
        PayloadForm::Event => Event::decode(delivery.body().clone()).map_err(|_| "it is no event"),
        PayloadForm::Raw => Ok(Event {
            id: delivery.id().to_string(),
            payload: Some(Any {
                type_url: String::new(),
                value: delivery.body().clone(),
            }),
            ..Event::default()
        }),
    }
}

fn is_for(event: &Event, channel: &str) -> bool {
    event.only_channel.is_empty() || event.only_channel == channel
}

/// Where the reply goes; `None` when nobody waits, or this function never answers.
fn return_topic<'e>(event: &'e Event, shared: &Shared) -> Result<Option<Topic>, &'e str> {
    let named = event.r#return.as_str();
    if named.is_empty() {
        return Ok(None);
    }
    let topic = reply_topic::answerable(named, &shared.config.reply_topics).ok_or(named)?;
    Ok(shared.config.replies.then_some(topic))
}
