//! SUB, RDY, FIN, REQ, TOUCH and CLS.

use std::time::Duration;

use super::failure::Failure;
use super::params;
use super::session::{Answer, Session};
use crate::model::{Id, NotHeld, Phase};

impl Session {
    pub(super) async fn subscribe(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        if self.phase() != Phase::Init {
            return Err(Failure::state("SUB"));
        }
        if self.terms.heartbeat.is_none() {
            return Err(Failure::fatal(
                "E_INVALID cannot SUB with heartbeats disabled",
            ));
        }
        let [_, topic, channel, ..] = words else {
            return Err(Failure::fatal(
                "E_INVALID SUB insufficient number of parameters",
            ));
        };
        let topic = params::topic("SUB", topic)?;
        let channel = params::channel(channel)?;
        self.authorize("SUB", &topic, Some(&channel)).await?;
        let failed = |why: &str| Failure::fatal(format!("E_SUB_FAILED SUB failed {why}"));
        let made = self.hub.ensure_topic(&topic).await;
        made.map_err(|_| failed("too many topics"))?;
        let done = self
            .hub
            .with(|nsqd, now| nsqd.subscribe(self.id, &topic, &channel, now));
        done.map_err(|why| failed(&why))?;
        Ok(Answer::Ok)
    }

    pub(super) fn ready(&self, words: &[&[u8]]) -> Result<Answer, Failure> {
        match self.phase() {
            Phase::Subscribed => {}
            Phase::Closing => return Ok(Answer::Nothing),
            Phase::Init => return Err(Failure::state("RDY")),
        }
        let count = match words.get(1) {
            None => 1,
            Some(word) => params::number(word)
                .ok_or_else(|| Failure::quoting("E_INVALID RDY could not parse count ", word))?,
        };
        let limit = self.hub.config.nsqd.max_rdy_count;
        // nsqd reads the number as a signed one.
        let count = count as i64;
        if !(0..=i64::from(limit)).contains(&count) {
            return Err(Failure::fatal(format!(
                "E_INVALID RDY count {count} out of range 0-{limit}"
            )));
        }
        self.hub.with(|nsqd, _| nsqd.set_ready(self.id, count));
        Ok(Answer::Nothing)
    }

    /// Checks the state, that there are `count` words, and the message's id.
    fn answers(&self, verb: &str, words: &[&[u8]], count: usize) -> Result<Id, Failure> {
        if self.phase() == Phase::Init {
            return Err(Failure::state(verb));
        }
        match words.get(1) {
            Some(id) if words.len() >= count => params::message_id(id),
            _ => Err(Failure::fatal(format!(
                "E_INVALID {verb} insufficient number of params"
            ))),
        }
    }

    pub(super) fn finish(&self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let id = self.answers("FIN", words, 2)?;
        let done = self.hub.with(|nsqd, _| nsqd.finish(self.id, &id));
        done.map_err(|why| not_held("FIN", &id, why))?;
        Ok(Answer::Nothing)
    }

    pub(super) fn requeue(&self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let id = self.answers("REQ", words, 3)?;
        let word = words.get(2).copied().unwrap_or_default();
        let Some(millis) = params::number(word) else {
            return Err(Failure::quoting(
                "E_INVALID REQ could not parse timeout ",
                word,
            ));
        };
        let nanos = u64::try_from(params::millis_to_nanos(millis)).unwrap_or(0);
        let delay = Duration::from_nanos(nanos).min(self.hub.config.nsqd.max_req_timeout);
        let done = self
            .hub
            .with(|nsqd, now| nsqd.requeue(self.id, &id, delay, now));
        done.map_err(|why| not_held("REQ", &id, why))?;
        Ok(Answer::Nothing)
    }

    pub(super) fn touch(&self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let id = self.answers("TOUCH", words, 2)?;
        let timeout = self.terms.msg_timeout;
        let done = self
            .hub
            .with(|nsqd, now| nsqd.touch(self.id, &id, timeout, now));
        done.map_err(|why| not_held("TOUCH", &id, why))?;
        Ok(Answer::Nothing)
    }

    pub(super) fn close(&self) -> Result<Answer, Failure> {
        if self.phase() != Phase::Subscribed {
            return Err(Failure::state("CLS"));
        }
        self.hub.with(|nsqd, _| nsqd.start_close(self.id));
        Ok(Answer::CloseWait)
    }
}

fn not_held(verb: &str, id: &Id, why: NotHeld) -> Failure {
    let (before, after) = (
        format!("E_{verb}_FAILED {verb} "),
        format!(" failed {}", why.text()),
    );
    Failure::Minor([before.as_bytes(), id, after.as_bytes()].concat())
}
