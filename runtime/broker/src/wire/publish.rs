//! PUB, MPUB and DPUB.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::Topic;

use super::failure::Failure;
use super::mpub::read_items;
use super::params;
use super::session::{Answer, Session};
use crate::model::Full;

impl Session {
    pub(super) async fn publish(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let Some(name) = words.get(1) else {
            return Err(Failure::fatal(
                "E_INVALID PUB insufficient number of parameters",
            ));
        };
        let topic = params::topic("PUB", name)?;
        let body = self.message_body("PUB").await?;
        self.authorize("PUB", &topic, None).await?;
        self.store("PUB", &topic, vec![body], Duration::ZERO).await
    }

    pub(super) async fn publish_deferred(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let [_, name, delay, ..] = words else {
            return Err(Failure::fatal(
                "E_INVALID DPUB insufficient number of parameters",
            ));
        };
        let topic = params::topic("DPUB", name)?;
        let Some(millis) = params::number(delay) else {
            return Err(Failure::quoting(
                "E_INVALID DPUB could not parse timeout ",
                delay,
            ));
        };
        let longest = self.hub.config.nsqd.max_req_timeout;
        let delay = u64::try_from(params::millis_to_nanos(millis)).map(Duration::from_nanos);
        let Some(delay) = delay.ok().filter(|delay| *delay <= longest) else {
            return Err(Failure::fatal(format!(
                "E_INVALID DPUB timeout {millis} out of range 0-{}",
                longest.as_millis()
            )));
        };
        let body = self.message_body("DPUB").await?;
        self.authorize("DPUB", &topic, None).await?;
        self.store("DPUB", &topic, vec![body], delay).await
    }

    pub(super) async fn publish_many(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let Some(name) = words.get(1) else {
            return Err(Failure::fatal(
                "E_INVALID MPUB insufficient number of parameters",
            ));
        };
        // nsqd says the code twice here.
        let topic = params::topic("E_BAD_TOPIC MPUB", name)?;
        self.authorize("MPUB", &topic, None).await?;
        // The topic is there even if the body turns out to be bad.
        self.create("MPUB", &topic).await?;
        // It has to be a fair one, and that is all.
        self.body_length("MPUB").await?;
        let bodies = read_items(&mut self.input, &self.hub.config.nsqd).await?;
        self.store("MPUB", &topic, bodies, Duration::ZERO).await
    }

    async fn create(&self, verb: &str, topic: &Topic) -> Result<(), Failure> {
        let made = self.hub.ensure_topic(topic).await;
        made.map_err(|Full| failed(verb, "too many topics"))
    }

    async fn store(
        &self,
        verb: &str,
        topic: &Topic,
        bodies: Vec<Bytes>,
        defer: Duration,
    ) -> Result<Answer, Failure> {
        if self.hub.faults.refuses(topic) {
            return Err(failed(verb, "a test says so"));
        }
        self.create(verb, topic).await?;
        let count = bodies.len() as u64;
        let stored = tokio::select! {
            stored = self.hub.publish(topic, bodies, defer) => stored,
            // While the clock is back it takes for ever.
            () = self.input.closed() => return Err(failed(verb, "exiting")),
        };
        stored.map_err(|Full| failed(verb, "no room left for messages"))?;
        self.hub
            .with(|nsqd, _| nsqd.count_published(self.id, topic, count));
        Ok(match self.hub.faults.loses(topic) {
            true => Answer::Lost,
            false => Answer::Published,
        })
    }
}

fn failed(verb: &str, why: &str) -> Failure {
    Failure::fatal(format!("E_{verb}_FAILED {verb} failed {why}"))
}
