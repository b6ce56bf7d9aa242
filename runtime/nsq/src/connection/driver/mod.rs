//! The task that owns a socket: reads, writes, keeps time.

mod clock;

use std::io;
use std::io::ErrorKind::{UnexpectedEof, WriteZero};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use kubefuncs_nsq_proto::FrameDecoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info};

use super::{Op, pulse::Pulse, state::State};
use crate::config::{ConnectionConfig, bounded};
use crate::error::{Error, ErrorKind};

/// Commands are gathered up to so many bytes before they are written.
const HIGH_WATER: usize = 64 << 10;
/// So often others get their turn before what is queued is written, while much is under way: what
/// one says makes others speak.
const TURNS: u32 = 4;
/// The read buffer grows in such steps.
const READ_AHEAD: usize = 16 << 10;
/// How long the last answers may take when we could not write any more.
const LINGER: Duration = Duration::from_secs(2);

/// Whether what is written to a stream leaves only after a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    Needless,
    Needed,
}

pub(crate) struct Driver<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    flush: Flush,
    /// Written and not flushed.
    unflushed: bool,
    input: BytesMut,
    decoder: FrameDecoder,
    ops: mpsc::UnboundedReceiver<Op>,
    state: State,
    silence: Duration,
    reply_timeout: Duration,
    last_read: Instant,
    last_write: Instant,
    ticked: Instant,
    pulse: Pulse,
    /// Why nothing more is sent, and until when answers are still read.
    leaving: Option<(Error, Instant)>,
    /// Whether writing has failed, or the stream is shut down.
    mute: bool,
}

enum Wrote {
    Bytes(usize),
    /// Nothing is left to be written, nor to be flushed.
    All,
}

/// Writes some of `out`, or flushes when nothing of it is left. Cancel safe.
async fn write(writer: &mut (impl AsyncWrite + Unpin), out: &mut BytesMut) -> io::Result<Wrote> {
    if out.is_empty() {
        return writer.flush().await.map(|()| Wrote::All);
    }
    // As one piece: a system takes that faster than a list of one.
    let bytes = writer.write(out).await?;
    out.advance(bytes);
    Ok(Wrote::Bytes(bytes))
}

impl<S: AsyncRead + AsyncWrite> Driver<S> {
    pub(crate) fn new(
        stream: S,
        flush: Flush,
        input: BytesMut,
        ops: mpsc::UnboundedReceiver<Op>,
        state: State,
        config: &ConnectionConfig,
    ) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let now = Instant::now();
        let largest = config.limits.max_message.max(config.limits.max_body);
        Self {
            reader,
            writer,
            flush,
            unflushed: false,
            input,
            decoder: FrameDecoder::new(largest.saturating_add(64)),
            pulse: Pulse::new(state.stall_bound()),
            ops,
            state,
            silence: config.silence(),
            reply_timeout: bounded(config.reply_timeout),
            last_read: now,
            last_write: now,
            ticked: now,
            leaving: None,
            mute: false,
        }
    }

    /// Runs the connection to its end.
    pub(crate) async fn run(mut self) {
        let reason = match self.drive().await {
            Ok(never) => match never {},
            // nsqd's own word says most; else what ended our sending is the cause of what followed.
            Err(error) if error.kind() == ErrorKind::Refused => error,
            Err(error) => self.leaving.take().map_or(error, |(cause, _)| cause),
        };
        if reason.kind() == ErrorKind::Closed {
            debug!(%reason, "connection closed");
        } else {
            info!(%reason, "connection lost");
        }
        self.state.end(&reason);
        self.ops.close();
        while let Ok(op) = self.ops.try_recv() {
            op.refuse();
        }
    }

    async fn drive(&mut self) -> Result<std::convert::Infallible, Error> {
        self.frames(Instant::now())?;
        let sleep = sleep_until(self.deadline());
        tokio::pin!(sleep);
        let mut yielded = 0;
        // Read once each time the task has waited: what it does in between takes microseconds.
        let mut now = Instant::now();
        loop {
            let was_busy = self.state.is_busy();
            self.gather(now);
            let busy = was_busy || self.state.is_busy();
            // Much is under way: others have more to say, and then it is written together.
            if yielded < TURNS && busy && !self.state.output.is_empty() {
                yielded += 1;
                yield_now().await;
                now = Instant::now();
                continue;
            }
            yielded = 0;
            self.state.output.join();
            if self.leaving.is_none() {
                self.about_to_write(now);
                self.state.turn(now);
            }
            self.finish_leaving().await?;
            self.wind(sleep.as_mut());
            if self.input.capacity() - self.input.len() < READ_AHEAD / 4 {
                self.input.reserve(READ_AHEAD);
            }
            tokio::select! {
                read = self.reader.read_buf(&mut self.input) => {
                    now = Instant::now();
                    match read {
                        Ok(0) => return Err(Error::ended("reading", UnexpectedEof)),
                        Ok(_) => self.last_read = now,
                        Err(error) => return Err(Error::io("reading", error)),
                    }
                    self.frames(now)?;
                }
                wrote = write(&mut self.writer, &mut self.state.output.bytes),
                    if !self.mute && self.is_writing() =>
                {
                    now = Instant::now();
                    self.last_write = now;
                    match wrote {
                        Ok(Wrote::All) => self.unflushed = false,
                        Ok(Wrote::Bytes(0)) => self.leave(Error::ended("writing", WriteZero), true),
                        Ok(Wrote::Bytes(bytes)) => {
                            self.state.wrote(bytes);
                            self.unflushed = self.flush == Flush::Needed;
                        }
                        // Answers to what was written before may still be on their way to us.
                        Err(error) => self.leave(Error::io("writing", error), true),
                    }
                }
                op = self.ops.recv(), if self.takes_more() => {
                    now = Instant::now();
                    self.take(op, now);
                }
                () = sleep.as_mut() => {
                    now = Instant::now();
                    self.look_at_the_clock(now)?;
                }
            }
        }
    }

    /// Takes what is queued, so that it is written together.
    fn gather(&mut self, now: Instant) {
        while self.takes_more() {
            let op = match self.ops.try_recv() {
                Ok(op) => Some(op),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => None,
            };
            self.take(op, now);
        }
    }

    /// Something may be queued next: it waits from now on, unless something waits already.
    fn about_to_write(&mut self, now: Instant) {
        if self.state.output.is_empty() {
            self.last_write = now;
        }
    }

    fn takes_more(&self) -> bool {
        self.leaving.is_none() && self.state.output.len() < HIGH_WATER
    }

    fn take(&mut self, op: Option<Op>, now: Instant) {
        let stop = matches!(op, None | Some(Op::Stop));
        if let Some(op) = op {
            self.about_to_write(now);
            self.state.apply(op, now);
        }
        if stop {
            self.leave(Error::new(ErrorKind::Closed, "closing"), false);
        }
    }

    /// Sends nothing beyond what is queued, or not even that.
    fn leave(&mut self, reason: Error, mute: bool) {
        self.mute |= mute;
        if self.mute {
            self.state.output.bytes.clear();
        }
        if self.leaving.is_none() {
            let linger = if mute {
                LINGER
            } else {
                LINGER.max(self.reply_timeout)
            };
            self.leaving = Some((reason, Instant::now() + linger));
        }
    }

    /// Shuts the stream down once all is written and answered. nsqd closes it then; closing it here
    /// with unread messages in the socket would make the kernel discard what we wrote last.
    async fn finish_leaving(&mut self) -> Result<(), Error> {
        let written = self.state.output.is_empty() && !self.unflushed;
        let done = written && self.state.output.answers_due() == 0;
        if self.leaving.is_some() && !self.mute && done {
            self.mute = true;
            // Layers may have a last word, which a peer that does not read would keep us from.
            timeout(LINGER, self.writer.shutdown())
                .await
                .map_err(|_| Error::timeout("closing"))?
                .map_err(|error| Error::io("closing", error))?;
        }
        Ok(())
    }

    fn frames(&mut self, now: Instant) -> Result<(), Error> {
        let due = self.state.output.answers_due();
        while let Some(frame) = self
            .decoder
            .decode(&mut self.input)
            .map_err(Error::decode)?
        {
            self.about_to_write(now);
            self.state.frame(frame, now)?;
        }
        self.state.arrived(now);
        if self.mute {
            self.state.output.bytes.clear();
        }
        if self.state.output.answers_due() < due {
            self.pulse.bound = self.state.stall_bound();
            self.feel_the_pulse(now);
        }
        Ok(())
    }
}
