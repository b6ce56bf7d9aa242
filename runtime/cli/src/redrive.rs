//! `kubefuncs redrive`: dead letters, put back where they belong.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args as ClapArgs;
use kubefuncs::dead_letter::{self, Revived};
use kubefuncs::messages::{Event, Message};
use kubefuncs::{Channel, Config, Topic};
use kubefuncs_nsq::{Address, Consumer, ConsumerConfig, Delivery, Discovery, NodeSet};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::args::{self, Brokers};
use crate::exit::Failure;
use crate::places::Places;
use crate::publisher::Publisher;
use crate::signals::Signals;
use crate::{brokers, directory, print, trouble};

/// Put dead letters back into the topic they come from
///
/// Each goes to the one channel whose function gave it up, without reply topic and time budget:
/// nobody waits any more. Letters that arrive meanwhile are left, so one that dies again is not put
/// back twice. A letter is taken off only when a broker has confirmed it. The brokers that are read
/// are named, and are those of the start: with one that is away, or that joins, run it again.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefuncs redrive orders.default.dead --dry-run\n  \
    kubefuncs redrive orders.default.dead --max 10 --json")]
pub(crate) struct Redrive {
    /// The dead-letter topic
    #[arg(value_name = "DEAD_TOPIC", value_parser = args::topic)]
    topic: Topic,

    /// So many at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max: Option<u64>,

    /// Show what would be put back, at most 1000 of them, and leave it all where it is
    ///
    /// To be shown they have to be delivered, which counts as an attempt of the letter.
    #[arg(long)]
    dry_run: bool,

    /// The channel of the dead-letter topic
    #[arg(long, value_name = "CHANNEL", default_value = dead_letter::CHANNEL)]
    channel: Channel,

    /// Print each letter as a line of JSON
    #[arg(long)]
    json: bool,

    /// How long to wait for a broker, and for the next letter
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    timeout: Option<Duration>,

    #[command(flatten)]
    brokers: Brokers,
}

/// What a dry run holds at most: letters, and their bytes.
const SHOWN: (u64, usize) = (1_000, 64 << 20);
/// Letters on their way, when each is dealt with as it comes.
const IN_FLIGHT: u32 = 16;

pub(crate) async fn run(command: &Redrive) -> Result<(), Failure> {
    let config = brokers::config(&command.brokers, command.timeout)?;
    let mut signals = Signals::new()?;
    let places = Places::new(&config);
    let (nodes, waiting) = waiting(&config, &places, command).await?;
    let names: Vec<_> = nodes.iter().map(Address::to_string).collect();
    print::note(&format!("{waiting} letters on nsqd {}", names.join(", ")));
    let most = if command.dry_run { SHOWN.0 } else { u64::MAX };
    let mut run = Run {
        left: waiting.min(command.max.unwrap_or(u64::MAX)).min(most),
        done: 0,
        kept: Vec::new(),
        bytes: 0,
    };
    let publisher = Publisher::connect(&config, Instant::now() + config.timeout).await?;
    let (_all, chosen) = watch::channel(NodeSet::new(nodes));
    let consumer = subscribe(&config, command, &places.choosing(chosen), run.left);
    let mut result = Ok(());
    while run.left > 0 && run.bytes < SHOWN.1 {
        let next = tokio::select! {
            next = timeout(config.timeout, consumer.recv()) => next,
            () = signals.recv() => break,
        };
        // Somebody else may have had the rest.
        let Ok(Some(delivery)) = next else { break };
        result = run.letter(delivery, command, &config, &publisher).await;
        if result.is_err() {
            break;
        }
    }
    // What was only looked at, and what is no letter, goes back behind the end of the subscription:
    // before, the broker would hand it to us again while we leave.
    consumer.close(Duration::ZERO).await;
    let what = match command.dry_run {
        true => "would be put back",
        false => "put back",
    };
    print::note(&format!("{} of {waiting} {what}", run.done));
    result
}

/// Where letters wait, and how many.
async fn waiting(
    config: &Config,
    places: &Places,
    command: &Redrive,
) -> Result<(BTreeSet<Address>, u64), Failure> {
    let (nodes, mut silent) = places.list().await;
    if nodes.is_empty() && silent.is_empty() {
        return Err(trouble::explain(config).await);
    }
    let mut with_letters = BTreeSet::new();
    let mut letters = 0;
    for node in nodes {
        let stats = match directory::topic(&node, &command.topic).await {
            Ok(stats) => stats,
            Err(why) => {
                silent.push(why);
                continue;
            }
        };
        let mut channels = stats.into_iter().flat_map(|topic| topic.channels);
        if let Some(channel) = channels.find(|c| c.channel_name == command.channel.as_str()) {
            with_letters.insert(node.tcp);
            letters += channel.depth + channel.deferred_count + channel.in_flight_count;
        }
    }
    if with_letters.is_empty() && silent.is_empty() {
        return Err(Failure::unreachable(format!(
            "no broker has a channel `{}` of topic `{}`: it is called TOPIC.CHANNEL.dead unless \
             `deadLetter` names another",
            command.channel, command.topic
        )));
    }
    if with_letters.is_empty() {
        return Err(Failure::unreachable(silent.join("\n  ")));
    }
    for why in silent {
        print::note(&format!("left out: {why}"));
    }
    Ok((with_letters, letters))
}

fn subscribe(config: &Config, command: &Redrive, nodes: &Discovery, left: u64) -> Consumer {
    let mut settings = ConsumerConfig::new(command.topic.clone(), command.channel.clone());
    settings.max_in_flight = match command.dry_run {
        // All may be on one broker, and each gets its share of this.
        true => {
            let nodes = nodes.nodes().borrow().len();
            let shares = left.saturating_mul(u64::try_from(nodes).unwrap_or(u64::MAX));
            u32::try_from(shares).unwrap_or(u32::MAX).max(1)
        }
        false => IN_FLIGHT,
    };
    settings.connection = config.connection();
    Consumer::start(settings, nodes)
}

/// How far it has come.
struct Run {
    left: u64,
    done: u64,
    /// Given back as the subscription ends: sooner, they would only come again.
    kept: Vec<Delivery>,
    bytes: usize,
}

impl Run {
    async fn letter(
        &mut self,
        delivery: Delivery,
        command: &Redrive,
        config: &Config,
        publisher: &Publisher,
    ) -> Result<(), Failure> {
        self.left -= 1;
        let read = read(&delivery);
        let Ok((revived, topic)) = read else {
            print::note(&format!(
                "left where it is: message {} is no dead letter",
                delivery.id()
            ));
            self.keep(delivery);
            return Ok(());
        };
        if !command.dry_run {
            // Whatever comes of it, a letter that is not taken off comes again.
            let deadline = Instant::now() + config.timeout;
            let body = revived.body.clone();
            publisher.publish(&topic, body, deadline).await?;
        }
        self.done += 1;
        let line = line(&delivery, &revived, &topic, command.json);
        match command.dry_run {
            true => self.keep(delivery),
            false => drop(delivery.finish()),
        }
        if !print::line(&line) {
            self.left = 0;
        }
        Ok(())
    }

    fn keep(&mut self, delivery: Delivery) {
        self.bytes += delivery.body().len();
        self.kept.push(delivery);
    }
}

/// What is to be published, and where.
fn read(delivery: &Delivery) -> Result<(Revived, Topic), ()> {
    let revived = dead_letter::revive(delivery.body().clone()).map_err(drop)?;
    let topic = revived.topic.as_deref().ok_or(())?;
    let topic = Topic::new(topic).map_err(drop)?;
    Ok((revived, topic))
}

fn line(delivery: &Delivery, revived: &Revived, topic: &Topic, as_json: bool) -> String {
    // It was read before.
    let letter = Event::decode(delivery.body().clone()).unwrap_or_default();
    let said = |name: &str| letter.metadata.get(name).map_or("", String::as_str);
    let (reason, code) = (said(dead_letter::REASON), said(dead_letter::CODE));
    if as_json {
        return json!({
            "id": letter.id,
            "topic": topic.as_str(),
            "channel": revived.channel,
            "code": code,
            "reason": reason,
            "attempts": said(dead_letter::ATTEMPTS).parse::<u64>().ok(),
            "time": said(dead_letter::TIME).parse::<u64>().ok(),
        })
        .to_string();
    }
    let channel = revived.channel.as_deref().unwrap_or("every channel");
    print::one_line(&format!(
        "{} → {topic} ({channel}) {code}: {reason}",
        letter.id
    ))
}
