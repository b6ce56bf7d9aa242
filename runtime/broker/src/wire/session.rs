//! A connection's commands, one after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kubefuncs_nsq_proto::compress::{Decoder, Encoder};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::identify::{Coding, Terms, Wanted};
use super::input::{Ended, Input};
use super::mpub::Bodies;
use super::output::Output;
use super::pump;
use super::socket::Socket;
use crate::hub::Hub;
use crate::model::{ClientId, Phase};

/// What a command is answered with.
#[derive(Debug)]
pub(super) enum Answer {
    Nothing,
    Ok,
    /// `OK` to a publish, which tests can delay or lose.
    Published,
    CloseWait,
    Json(Vec<u8>),
    /// JSON, and then compression, which begins with `OK`.
    Upgrade(Vec<u8>, Coding),
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) hub: Arc<Hub>,
    pub(super) id: ClientId,
    pub(super) input: Input,
    pub(super) terms: Terms,
    output: Arc<Mutex<Output>>,
    /// Takes the terms to the pump, which listens once: what a second IDENTIFY asks for holds for
    /// the session only, as in nsqd.
    identified: Option<oneshot::Sender<Terms>>,
}

/// Serves a connection until it ends.
pub(super) async fn serve(
    hub: Arc<Hub>,
    stream: TcpStream,
    remote: SocketAddr,
    stop: CancellationToken,
) {
    let socket = Arc::new(Socket::new(stream));
    let closed = stop.child_token();
    let mut input = Input::new(Arc::clone(&socket), Arc::clone(&hub), closed.clone());
    let Ok(magic) = input.magic().await else {
        return;
    };
    let terms = Terms::new(&hub.config.nsqd);
    let mut output = Output::new(
        Arc::clone(&socket),
        Arc::clone(&hub),
        closed.clone(),
        terms.buffer_size,
    );
    if &magic != b"  V2" {
        // Whether it can still be said makes no difference.
        let _ = output.error(b"E_BAD_PROTOCOL").await;
        return;
    }
    let (id, signals) = hub.connect(remote, closed);
    output.limit = terms.heartbeat;
    let output = Arc::new(Mutex::new(output));
    let (identified, listen) = oneshot::channel();
    let pump = pump::Pump {
        hub: Arc::clone(&hub),
        id,
        signals: Arc::clone(&signals),
        output: Arc::clone(&output),
        terms,
    };
    let pump = tokio::spawn(pump.run(listen));
    let session = Session {
        hub: Arc::clone(&hub),
        id,
        input,
        terms,
        output,
        identified: Some(identified),
    };
    if session.run().await == Close::Reset || signals.reset.load(Ordering::Relaxed) {
        socket.reset_on_close();
    }
    hub.disconnect(id);
    signals.closed.cancel();
    // The socket is closed when the pump has let go of it, too.
    let _ = pump.await;
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    Usual,
    Reset,
}

impl Session {
    async fn run(mut self) -> Close {
        loop {
            let deadline = self.terms.heartbeat.map(|every| Instant::now() + every * 2);
            self.input.expect_by(deadline);
            let Ok(line) = self.input.line().await else {
                return Close::Usual;
            };
            self.hub.gate.pass().await;
            let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
            let (sent, goes_on) = match self.execute(&words).await {
                Ok(answer) => {
                    if matches!(answer, Answer::Published) {
                        if self.hub.faults.loses() {
                            return Close::Reset;
                        }
                        self.delay().await;
                    }
                    (self.answer(&answer).await, true)
                }
                Err(Failure::Minor(text)) => (self.output.lock().await.error(&text).await, true),
                Err(Failure::Fatal(text)) => (self.output.lock().await.error(&text).await, false),
            };
            if sent.is_err() || !goes_on {
                return Close::Usual;
            }
        }
    }

    async fn delay(&self) {
        let delay = self.hub.faults.delay();
        if delay > Duration::ZERO {
            sleep(delay).await;
        }
    }

    async fn answer(&mut self, answer: &Answer) -> std::io::Result<()> {
        let data: &[u8] = match answer {
            Answer::Nothing => return Ok(()),
            Answer::Ok | Answer::Published => b"OK",
            Answer::CloseWait => b"CLOSE_WAIT",
            Answer::Json(json) => json,
            Answer::Upgrade(json, coding) => return self.upgrade(json, *coding).await,
        };
        self.output.lock().await.response(data).await
    }

    /// Nothing else is sent in between.
    async fn upgrade(&mut self, json: &[u8], coding: Coding) -> std::io::Result<()> {
        let (encoder, decoder) = match coding {
            Coding::Snappy => (Encoder::snappy(), Decoder::snappy()),
            Coding::Deflate => (
                Encoder::deflate(self.terms.deflate_level),
                Decoder::deflate(),
            ),
        };
        let mut output = self.output.lock().await;
        output.response(json).await?;
        self.input.decompress(decoder);
        output.compress(encoder);
        output.response(b"OK").await
    }

    async fn execute(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let verb = words.first().copied().unwrap_or_default();
        match verb {
            b"IDENTIFY" => self.identify().await,
            b"FIN" => self.finish(words),
            b"RDY" => self.ready(words),
            b"REQ" => self.requeue(words),
            b"PUB" => self.publish(words).await,
            b"MPUB" => self.publish_many(words).await,
            b"DPUB" => self.publish_deferred(words).await,
            b"NOP" => Ok(Answer::Nothing),
            b"TOUCH" => self.touch(words),
            b"SUB" => self.subscribe(words).await,
            b"CLS" => self.close(),
            b"AUTH" => self.authenticate(words).await,
            _ => Err(Failure::quoting("E_INVALID invalid command ", verb)),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.hub.with(|nsqd, _| nsqd.phase(self.id))
    }

    /// The body of IDENTIFY or AUTH.
    async fn json_body(&mut self, verb: &str) -> Result<bytes::Bytes, Failure> {
        let bad = |what: String| Failure::fatal(format!("E_BAD_BODY {verb} {what}"));
        let length = self.input.length().await;
        let length = length.map_err(|Ended| bad("failed to read body size".to_owned()))?;
        let limit = self.hub.config.nsqd.max_body_size;
        if i64::from(length) > i64::from(limit) {
            return Err(bad(format!("body too big {length} > {limit}")));
        }
        let Some(size) = usize::try_from(length).ok().filter(|size| *size > 0) else {
            return Err(bad(format!("invalid body size {length}")));
        };
        let body = self.input.body(size).await;
        body.map_err(|Ended| bad("failed to read body".to_owned()))
    }

    async fn identify(&mut self) -> Result<Answer, Failure> {
        if self.phase() != Phase::Init {
            return Err(Failure::state("IDENTIFY"));
        }
        let body = self.json_body("IDENTIFY").await?;
        let wanted = Wanted::parse(&body);
        let wanted = wanted
            .ok_or_else(|| Failure::fatal("E_BAD_BODY IDENTIFY failed to decode JSON body"))?;
        let changed = self.terms.change(&wanted, &self.hub.config.nsqd);
        changed.map_err(|what| Failure::fatal(format!("E_BAD_BODY IDENTIFY {what}")))?;
        {
            let mut output = self.output.lock().await;
            output.limit = self.terms.heartbeat;
            // A failure shows itself with the answer.
            let _ = output.resize(self.terms.buffer_size).await;
        }
        let sample_rate = self.terms.sample_rate;
        let negotiated = match wanted.feature_negotiation {
            true => self.terms.negotiate(&wanted, &self.hub.config.nsqd),
            false => Ok(()),
        };
        let coding = self.terms.coding;
        let negotiates = wanted.feature_negotiation;
        self.hub.with(|nsqd, _| {
            if let Some(client) = nsqd.client_mut(self.id) {
                client.client_id = wanted.client_id;
                client.hostname = wanted.hostname;
                client.user_agent = wanted.user_agent;
                client.sample_rate = sample_rate;
                client.snappy = coding == Some(Coding::Snappy);
                client.deflate = coding == Some(Coding::Deflate);
            }
        });
        if let Some(pump) = self.identified.take() {
            // A pump that has failed listens no more.
            let _ = pump.send(self.terms);
        }
        negotiated.map_err(|what| Failure::fatal(format!("E_IDENTIFY_FAILED {what}")))?;
        let json = || self.terms.reply(&self.hub.config.nsqd);
        Ok(match coding {
            Some(coding) => Answer::Upgrade(json(), coding),
            None if negotiates => Answer::Json(json()),
            None => Answer::Ok,
        })
    }

    /// There is no AUTH here, and it is refused as by an nsqd without it.
    async fn authenticate(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        if self.phase() != Phase::Init {
            return Err(Failure::state("AUTH"));
        }
        if words.len() != 1 {
            return Err(Failure::fatal(
                "E_INVALID AUTH invalid number of parameters",
            ));
        }
        self.json_body("AUTH").await?;
        Err(Failure::fatal("E_AUTH_DISABLED AUTH disabled"))
    }
}
