//! A connection's commands, one after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::identify::Terms;
use super::input::Input;
use super::output::Output;
use super::pump;
use super::socket::{Shared, Socket};
use super::stream::{Incoming, Outgoing};
use crate::auth::Standing;
use crate::hub::Hub;
use crate::memory::Charge;
use crate::model::{ClientId, Phase};
use crate::tls::{Agreed, TlsRequired};

/// What a command is answered with.
#[derive(Debug)]
pub(super) enum Answer {
    Nothing,
    Ok,
    /// `OK` to a publish, which tests can delay.
    Published,
    /// A publish whose answer a test wants lost.
    Lost,
    CloseWait,
    Json(Vec<u8>),
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) hub: Arc<Hub>,
    pub(super) id: ClientId,
    pub(super) input: Input,
    pub(super) terms: Terms,
    pub(super) output: Arc<Mutex<Output>>,
    pub(super) socket: Arc<Socket>,
    pub(super) remote: SocketAddr,
    /// What the names of IDENTIFY count as, which `/stats` shows.
    pub(super) introduced: Charge,
    /// What TLS was agreed on, if any.
    pub(super) encrypted: Option<Agreed>,
    /// What the client may do, once it has said AUTH.
    pub(super) standing: Option<Standing>,
    /// Takes the terms to the pump, which listens once: what a second IDENTIFY asks for holds for
    /// the session only, as in nsqd.
    pub(super) identified: Option<oneshot::Sender<Terms>>,
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
    let incoming = Incoming::Tcp(Shared(Arc::clone(&socket)));
    let mut input = Input::new(incoming, Arc::clone(&hub), closed.clone());
    let Ok(magic) = input.magic().await else {
        return;
    };
    let terms = Terms::new(&hub.config.nsqd);
    let mut output = Output::new(
        Outgoing::Tcp(Shared(Arc::clone(&socket))),
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
        socket: Arc::clone(&socket),
        remote,
        introduced: hub.receiving.charge(0),
        encrypted: None,
        standing: None,
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
                    match answer {
                        Answer::Lost => return Close::Reset,
                        Answer::Published => self.delay().await,
                        _ => {}
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
            Answer::Nothing | Answer::Lost => return Ok(()),
            Answer::Ok | Answer::Published => b"OK",
            Answer::CloseWait => b"CLOSE_WAIT",
            Answer::Json(json) => json,
        };
        self.output.lock().await.response(data).await
    }

    async fn execute(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        let verb = words.first().copied().unwrap_or_default();
        if verb == b"IDENTIFY" {
            return self.identify().await;
        }
        if self.hub.tls_required() != TlsRequired::No && self.encrypted.is_none() {
            return Err(Failure::needs_tls(verb));
        }
        match verb {
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
}
