//! `kubefuncs tail`: what goes through a topic, seen from aside.

mod watch;

use std::time::Duration;

use clap::Args as ClapArgs;
use jiff::Timestamp;
use kubefuncs::messages::{Event, HttpRequest as HttpRequestMessage, Message};
use kubefuncs::{Channel, Config, FromPayload, HttpRequest, Raw, Topic};
use kubefuncs_nsq::{Consumer, ConsumerConfig, Delivery, Discovery};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::args::{self, Brokers};
use crate::exit::Failure;
use crate::payload::no_random;
use crate::signals::Signals;
use crate::{brokers, print, trouble};
use watch::Watch;

/// Print what is sent to a topic from now on, as a copy: nobody loses a message by it
///
/// Watches through an ephemeral channel of its own, and only on brokers where a durable channel
/// exists: the first channel of a topic would take its backlog away from the function. Brokers that
/// join later, or get such a channel, are watched from then on.
///
/// A message is one line: its time in UTC, its id and what it is. A line end within it is shown as
/// `\n`, other control characters as escapes; --json has all as it is.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefuncs tail orders\n  \
    kubefuncs tail orders --max 1 --json | jq .body")]
pub(crate) struct Tail {
    /// The topic
    #[arg(value_name = "TOPIC", value_parser = args::topic)]
    topic: Topic,

    /// Leave after so many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max: Option<u64>,

    /// Print each message as a line of JSON: `timestamp` in RFC 3339, `request`, or `body`
    #[arg(long)]
    json: bool,

    /// How long to wait for a broker
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    timeout: Option<Duration>,

    #[command(flatten)]
    brokers: Brokers,
}

/// Messages on their way to the screen: a slow reader slows nobody else down, for the channel is
/// its alone.
const IN_FLIGHT: u32 = 64;
/// How long brokers may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

pub(crate) async fn run(command: &Tail) -> Result<(), Failure> {
    let config = brokers::config(&command.brokers, command.timeout)?;
    let mut signals = Signals::new()?;
    let watch = Watch::start(&config, &command.topic).await?;
    let consumer = subscribe(&config, &command.topic, &watch.discovery())?;
    let mut confirmed = consumer.confirmed();
    let first = confirmed.wait_for(|nodes| !nodes.is_empty());
    if timeout(config.timeout, first).await.is_err() {
        return Err(trouble::explain(&config).await);
    }
    print::note(&format!("watching topic `{}`", command.topic));
    let following = tokio::spawn(watch.follow(confirmed));
    let mut left = command.max.unwrap_or(u64::MAX);
    while left > 0 {
        let delivery = tokio::select! {
            delivery = consumer.recv() => delivery,
            () = signals.recv() => break,
        };
        let Some(delivery) = delivery else { break };
        if !print::line(&line(&delivery, command)) {
            break;
        }
        drop(delivery.finish());
        left -= 1;
    }
    following.abort();
    consumer.close(GOODBYE).await;
    Ok(())
}

fn subscribe(config: &Config, topic: &Topic, discovery: &Discovery) -> Result<Consumer, Failure> {
    let id = kubefuncs::new_event_id().map_err(no_random)?;
    let channel = Channel::new(format!("tail-{}#ephemeral", &id[..13]))
        .map_err(|error| Failure::unreachable(error.to_string()))?;
    let mut settings = ConsumerConfig::new(topic.clone(), channel);
    settings.max_in_flight = IN_FLIGHT;
    settings.connection = config.connection();
    Ok(Consumer::start(settings, discovery))
}

fn line(delivery: &Delivery, command: &Tail) -> String {
    let event = event(delivery.body(), &command.topic);
    if command.json {
        return Value::Object(json_of(delivery, event)).to_string();
    }
    let (id, text) = match event {
        Some(event) => (event.id.clone(), human(event)),
        None => (
            delivery.id().to_string(),
            vec![String::from_utf8_lossy(delivery.body()).into_owned()],
        ),
    };
    let mut words = vec![time(delivery.timestamp_ns()), id];
    words.extend(text.into_iter().filter(|word| !word.is_empty()));
    print::one_line(&words.join(" "))
}

/// The event in a message; `None` for bytes that no client of ours wrote.
pub(crate) fn event(body: &[u8], topic: &Topic) -> Option<Event> {
    let event = Event::decode(body).ok()?;
    // Many bytes are a protobuf message by chance; few name the very topic they are in.
    (event.topic == topic.as_str() && !event.id.is_empty()).then_some(event)
}

fn json_of(delivery: &Delivery, event: Option<Event>) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("timestamp".to_owned(), json!(time(delivery.timestamp_ns())));
    map.insert("attempts".to_owned(), json!(delivery.attempts()));
    map.insert("nsqd".to_owned(), json!(delivery.node().to_string()));
    let Some(event) = event else {
        map.extend(print::body(delivery.body()));
        return map;
    };
    map.insert("id".to_owned(), json!(event.id));
    for (name, value) in [
        ("return", &event.r#return),
        ("notify", &event.notify),
        ("onlyChannel", &event.only_channel),
    ] {
        if !value.is_empty() {
            map.insert(name.to_owned(), json!(value));
        }
    }
    if !event.metadata.is_empty() {
        map.insert("metadata".to_owned(), json!(event.metadata));
    }
    match request(event) {
        Ok(request) => map.insert("request".to_owned(), print::request(&request).into()),
        Err(raw) => {
            map.extend(print::raw(&raw));
            None
        }
    };
    map
}

/// What is said of an event, in words of which some may be empty.
fn human(event: Event) -> Vec<String> {
    match request(event) {
        Ok(request) => vec![
            request.method.to_string(),
            request.url,
            String::from_utf8_lossy(&request.body).into_owned(),
        ],
        Err(raw) => vec![
            raw.type_name().to_owned(),
            String::from_utf8_lossy(&raw.bytes).into_owned(),
        ],
    }
}

/// The HTTP request in an event, else its payload.
fn request(event: Event) -> Result<HttpRequest, Raw> {
    let raw = Raw::from(event.payload.unwrap_or_default());
    match raw.is::<HttpRequestMessage>() {
        true => HttpRequest::from_payload(raw.clone()).map_err(|_| raw),
        false => Err(raw),
    }
}

/// Nanoseconds since 1970 as RFC 3339 has them, in UTC and with milliseconds.
fn time(nanoseconds: i64) -> String {
    match Timestamp::from_nanosecond(nanoseconds.into()) {
        Ok(time) => format!("{time:.3}"),
        // 64 bits end in the year 2262, long before what can be written.
        Err(_) => nanoseconds.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_for_people() {
        for (nanoseconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_440_049_001_999_999, "2026-11-23T13:20:49.001Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (i64::MAX, "2262-04-11T23:47:16.854Z"),
            (i64::MIN, "1677-09-21T00:12:43.145Z"),
        ] {
            assert_eq!(time(nanoseconds), expected);
        }
    }
}
