//! Events that the clock sends, as the rendered CronJobs do.
//!
//! What holds for them holds here: never two of one schedule at once; what was missed is made up
//! for once, and only while it is not long past.

use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kubefuncs::messages::Message;
use kubefuncs::{Config, Raw, Topic};
use kubefunctl::local::LocalFunction;
use kubefunctl::resolve::Cron;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::crew::{Stop, told};
use crate::cron;
use crate::log::{Log, Tag};

/// What is late by more is left out: `startingDeadlineSeconds` of the CronJob.
const LATE: SignedDuration = SignedDuration::from_secs(300);
/// How long sending may take: `activeDeadlineSeconds` of its Job.
const DEADLINE: Duration = Duration::from_secs(60);

/// One entry of a function's `schedule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// The function.
    pub(crate) function: String,
    /// The namespace and name of its CronJob in a cluster, by which it is known.
    job: (String, String),
    topic: String,
    /// Whether the body is the whole message.
    raw: bool,
    cron: String,
    timezone: String,
    body: String,
}

impl Schedule {
    /// All of a function.
    pub(crate) fn of(function: &LocalFunction) -> impl Iterator<Item = Self> {
        let numbered = function.schedule.iter().enumerate();
        numbered.map(|(number, entry)| Self {
            function: function.name.clone(),
            job: (
                function.namespace.clone(),
                format!("{}-{number}", function.object),
            ),
            topic: function.topic.clone(),
            raw: function.raw,
            cron: entry.cron.clone(),
            timezone: entry.timezone.clone(),
            body: entry.body.clone(),
        })
    }

    /// What is sent, and where: another id each time.
    fn message(&self) -> Result<(Topic, Bytes), String> {
        let topic = Topic::new(self.topic.as_str()).map_err(|error| error.to_string())?;
        let body = Bytes::from(self.body.clone());
        if self.raw {
            return Ok((topic, body));
        }
        let payload = Raw {
            bytes: body,
            ..Raw::default()
        };
        let event = kubefuncs::new_event(&topic, payload)
            .map_err(|error| format!("no random numbers: {error}"))?;
        Ok((topic, event.encode_to_vec().into()))
    }

    /// Sends it to whichever broker takes it.
    async fn send(&self, config: &Config) -> Result<(), String> {
        let (topic, message) = self.message()?;
        let producer = config.producer();
        let sending = async {
            // It ends with the producer only.
            let _ = producer.ready().wait_for(|nodes| !nodes.is_empty()).await;
            producer.publish(&topic, message).await
        };
        match timeout(DEADLINE, sending).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no broker within {} s", DEADLINE.as_secs())),
        }
    }
}

/// Sends the events of a schedule until told to stop.
pub(crate) async fn run(
    schedule: Schedule,
    clock: impl Clock,
    config: Config,
    (log, tag): (Log, Tag),
    mut stop: Stop,
) {
    let say = |text: &str| log.about(&tag, &format!("schedule `{}`: {text}", schedule.cron));
    let cron = match Cron::parse(&schedule.cron) {
        Ok(cron) => cron,
        Err(why) => return say(&format!("not run: {why}")),
    };
    let Ok(zone) = TimeZone::get(&schedule.timezone) else {
        let name = &schedule.timezone;
        return say(&format!("not run: no time zone `{name}` is known"));
    };
    let shown = |time: Timestamp| {
        time.to_zoned(zone.clone())
            .strftime("%F %H:%M %Z")
            .to_string()
    };
    let mut now = clock.now();
    let mut said = String::new();
    while let Some(next) = cron::next(&cron, now, &zone) {
        say(&format!("{said}next at {}", shown(next)));
        tokio::select! {
            () = told(&mut stop) => return,
            () = clock.reached(next) => {}
        }
        now = clock.now();
        said = match due(&cron, &zone, next, now) {
            None => format!("left out: {} is more than 5 minutes ago; ", shown(next)),
            Some(_) => tokio::select! {
                () = told(&mut stop) => return,
                sent = schedule.send(&config) => match sent {
                    Ok(()) => "event sent; ".to_owned(),
                    Err(why) => format!("no event sent: {why}; "),
                },
            },
        };
    }
    say(&format!("{said}it never comes"));
}

/// The time for which an event is sent now that `next` has come, which was later than `now` when
/// it was last looked at: of several the last, and none that is too long past.
fn due(cron: &Cron, zone: &TimeZone, next: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let oldest = now.checked_sub(LATE).unwrap_or(Timestamp::MIN);
    let before = oldest.checked_sub(SignedDuration::from_nanos(1)).ok()?;
    let first = match next >= oldest {
        true => next,
        false => cron::next(cron, before, zone)?,
    };
    let later = std::iter::successors(Some(first), |time| cron::next(cron, *time, zone));
    later.take_while(|time| *time <= now).last()
}

#[cfg(test)]
mod tests;
