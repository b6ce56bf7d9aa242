//! What an operator changes: topics and channels.

use kubefuncs_nsq_proto::{Channel, Topic};

use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::hub::Hub;
use crate::model::{Full, NotFound};

/// Whether this is one of the paths that [`change`] knows, for topics or for channels.
pub(super) fn knows(path: &str) -> bool {
    let verb = path
        .strip_prefix("/topic/")
        .or_else(|| path.strip_prefix("/channel/"));
    matches!(
        verb,
        Some("create" | "delete" | "empty" | "pause" | "unpause")
    )
}

pub(super) async fn change(hub: &Hub, path: &str, query: &Query) -> Result<Reply, Refusal> {
    match path.strip_prefix("/topic/") {
        Some(verb) => topic(hub, verb, query).await?,
        None => channel(
            hub,
            path.strip_prefix("/channel/").unwrap_or_default(),
            query,
        )?,
    }
    Ok(Reply::empty())
}

fn full(_: Full) -> Refusal {
    Refusal::new(503, "EXITING")
}

async fn topic(hub: &Hub, verb: &str, query: &Query) -> Result<(), Refusal> {
    if verb == "create" {
        let name = query.topic("INVALID_TOPIC")?;
        return hub.ensure_topic(&name).await.map_err(full);
    }
    // nsqd checks the name only where it empties; elsewhere there is just no such topic.
    let invalid = if verb == "empty" {
        "INVALID_TOPIC"
    } else {
        "TOPIC_NOT_FOUND"
    };
    let name = query.topic(invalid).map_err(not_found_is_404)?;
    hub.with(|nsqd, now| {
        nsqd.find(&name, None)?;
        match verb {
            "delete" => nsqd.remove_topic(&name)?,
            "empty" => nsqd.empty_topic(&name),
            _ => nsqd.pause_topic(&name, verb == "pause", now),
        }
        Ok(())
    })
    .map_err(refuse)
}

fn channel(hub: &Hub, verb: &str, query: &Query) -> Result<(), Refusal> {
    let (topic, name) = query.topic_and_channel()?;
    if verb == "create" {
        return create_channel(hub, &topic, &name);
    }
    hub.with(|nsqd, _| {
        nsqd.find(&topic, Some(&name))?;
        match verb {
            "delete" => nsqd.remove_channel(&topic, &name),
            "empty" => nsqd.empty_channel(&topic, &name),
            _ => nsqd.pause_channel(&topic, &name, verb == "pause"),
        }
        Ok(())
    })
    .map_err(refuse)
}

fn create_channel(hub: &Hub, topic: &Topic, name: &Channel) -> Result<(), Refusal> {
    hub.with(|nsqd, now| {
        nsqd.find(topic, None).map_err(refuse)?;
        nsqd.add_channel(topic, name, now).map_err(full)
    })
}

fn refuse(missing: NotFound) -> Refusal {
    Refusal::new(
        404,
        match missing {
            NotFound::Topic => "TOPIC_NOT_FOUND",
            NotFound::Channel => "CHANNEL_NOT_FOUND",
        },
    )
}

fn not_found_is_404(refusal: Refusal) -> Refusal {
    let not_found = refuse(NotFound::Topic);
    if refusal == Refusal::new(400, "TOPIC_NOT_FOUND") {
        not_found
    } else {
        refusal
    }
}
