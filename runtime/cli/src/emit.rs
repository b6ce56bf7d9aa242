//! `kubefuncs emit`: an event that nobody waits for.

use std::time::Duration;

use bytes::Bytes;
use clap::Args as ClapArgs;
use kubefuncs::messages::{Event, Message};
use kubefuncs::{Config, Raw, Topic};
use serde_json::json;
use tokio::time::Instant;

use crate::args::{self, Brokers};
use crate::exit::Failure;
use crate::input::Body;
use crate::payload::{Payload, no_random};
use crate::publisher::Publisher;
use crate::{brokers, print, unserved};

/// Send an event to a topic and wait until a broker has confirmed it
///
/// The event carries BODY as it is, or an HTTP request with it where a flag of one is given.
/// Where no broker has a channel of the topic, that is said on standard error: the event waits for
/// the first one.
#[derive(Debug, ClapArgs)]
#[command(after_help = concat!("Examples:\n  \
    kubefuncs emit orders '{\"item\": 7}'\n  \
    kubefuncs emit orders - < order.json\n  \
    kubefuncs emit test --path /hello -H 'accept: text/plain'\n  \
    kubefuncs emit --raw logs 'a line, and no event of ours around it'"))]
pub(crate) struct Emit {
    /// Where it goes
    #[arg(value_name = "TOPIC", value_parser = args::topic)]
    topic: Topic,

    #[command(flatten)]
    body: Body,

    /// Publish BODY itself, for functions with `payload: raw`
    #[arg(long, conflicts_with_all = ["metadata", "method", "path", "header", "type_url"])]
    raw: bool,

    /// Send this along, such as request-id=7
    #[arg(long, value_name = "NAME=VALUE", value_parser = args::pair)]
    metadata: Vec<(String, String)>,

    /// How long to wait for a broker's confirmation
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    timeout: Option<Duration>,

    /// Print the event's id and size as a line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    payload: Payload,

    #[command(flatten)]
    brokers: Brokers,
}

pub(crate) async fn run(command: &Emit) -> Result<(), Failure> {
    let config = brokers::config(&command.brokers, command.timeout)?;
    let body = command.body.read(config.max_message)?;
    let (id, message) = message(command, body)?;
    let size = message.len();
    publish(&config, &command.topic, message).await?;
    if command.json {
        let line = json!({"topic": command.topic.as_str(), "id": id, "bytes": size});
        print::line(&line.to_string());
    }
    // It is no failure: an event may be sent before there is a function for it.
    if let Some(why) = unserved::explain(&config, &command.topic).await {
        print::note(&format!("sent, but it waits: {why}"));
    }
    Ok(())
}

/// The message, and the event's id where it is one.
fn message(command: &Emit, body: Bytes) -> Result<(Option<String>, Bytes), Failure> {
    if command.raw {
        if body.is_empty() {
            let why = "NSQ has no empty messages: give a BODY, or leave --raw out";
            return Err(Failure::unreachable(why));
        }
        return Ok((None, body));
    }
    let payload = match command.payload.typed(&body) {
        Some(typed) => typed,
        None if command.payload.names_http() => command.payload.http(body),
        None => Raw {
            bytes: body,
            ..Raw::default()
        },
    };
    let event = Event {
        metadata: command.metadata.iter().cloned().collect(),
        ..kubefuncs::new_event(&command.topic, payload).map_err(no_random)?
    };
    let message = event.encode_to_vec();
    Ok((Some(event.id), message.into()))
}

/// Publishes to whichever broker takes it.
async fn publish(config: &Config, topic: &Topic, message: Bytes) -> Result<(), Failure> {
    let deadline = Instant::now() + config.timeout;
    let publisher = Publisher::connect(config, deadline).await?;
    publisher.publish(topic, message, deadline).await
}
