//! The task that owns a socket: reads, writes, keeps time.

use std::io::ErrorKind::{UnexpectedEof, WriteZero};
use std::pin::Pin;
use std::time::Duration;

use bytes::BytesMut;
use kubefuncs_nsq_proto::FrameDecoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::{debug, info};

use super::{Op, state::State};
use crate::config::{ConnectionConfig, bounded};
use crate::error::{Error, ErrorKind};

/// Commands are gathered up to so many bytes before they are written.
const HIGH_WATER: usize = 64 << 10;
/// The read buffer grows in such steps.
const READ_AHEAD: usize = 16 << 10;
/// How long the last answers may take when we could not write any more.
const LINGER: Duration = Duration::from_secs(2);

pub(crate) struct Driver<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    input: BytesMut,
    decoder: FrameDecoder,
    ops: mpsc::UnboundedReceiver<Op>,
    state: State,
    silence: Duration,
    reply_timeout: Duration,
    last_read: Instant,
    last_write: Instant,
    ticked: Instant,
    /// Why nothing more is sent, and until when answers are still read.
    leaving: Option<(Error, Instant)>,
    /// Whether writing has failed, or the stream is shut down.
    mute: bool,
}

impl<S: AsyncRead + AsyncWrite> Driver<S> {
    pub(crate) fn new(
        stream: S,
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
            input,
            decoder: FrameDecoder::new(largest.saturating_add(64)),
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
        self.frames()?;
        let sleep = sleep_until(self.deadline());
        tokio::pin!(sleep);
        loop {
            self.gather();
            self.finish_leaving().await?;
            self.wind(sleep.as_mut());
            if self.input.capacity() - self.input.len() < READ_AHEAD / 4 {
                self.input.reserve(READ_AHEAD);
            }
            tokio::select! {
                read = self.reader.read_buf(&mut self.input) => {
                    match read {
                        Ok(0) => return Err(Error::ended("reading", UnexpectedEof)),
                        Ok(_) => self.last_read = Instant::now(),
                        Err(error) => return Err(Error::io("reading", error)),
                    }
                    self.frames()?;
                }
                wrote = self.writer.write_buf(&mut self.state.out),
                    if !self.mute && !self.state.out.is_empty() =>
                {
                    match wrote {
                        Ok(0) => self.leave(Error::ended("writing", WriteZero), true),
                        Ok(bytes) => {
                            self.last_write = Instant::now();
                            self.state.wrote(bytes);
                        }
                        // Answers to what was written before may still be on their way to us.
                        Err(error) => self.leave(Error::io("writing", error), true),
                    }
                }
                op = self.ops.recv(), if self.takes_more() => {
                    self.take(op);
                }
                () = sleep.as_mut() => self.look_at_the_clock()?,
            }
        }
    }

    /// Takes what is queued, so that it is written together.
    fn gather(&mut self) {
        while self.takes_more() {
            match self.ops.try_recv() {
                Ok(op) => self.take(Some(op)),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => self.take(None),
            }
        }
    }

    fn takes_more(&self) -> bool {
        self.leaving.is_none() && self.state.out.len() < HIGH_WATER
    }

    fn take(&mut self, op: Option<Op>) {
        let stop = matches!(op, None | Some(Op::Stop));
        if self.state.out.is_empty() {
            self.last_write = Instant::now();
        }
        if let Some(op) = op {
            self.state.apply(op, Instant::now());
        }
        if stop {
            self.leave(Error::new(ErrorKind::Closed, "closing"), false);
        }
    }

    /// Sends nothing beyond what is queued, or not even that.
    fn leave(&mut self, reason: Error, mute: bool) {
        self.mute |= mute;
        if self.mute {
            self.state.out.clear();
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
        let done = self.state.out.is_empty() && self.state.answers_due().0 == 0;
        if self.leaving.is_some() && !self.mute && done {
            self.mute = true;
            self.writer
                .shutdown()
                .await
                .map_err(|error| Error::io("closing", error))?;
        }
        Ok(())
    }

    fn frames(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        while let Some(frame) = self
            .decoder
            .decode(&mut self.input)
            .map_err(Error::decode)?
        {
            if self.state.out.is_empty() {
                self.last_write = now;
            }
            self.state.frame(frame, now)?;
        }
        if self.mute {
            self.state.out.clear();
        }
        Ok(())
    }

    /// When to look at the clock again if nothing else happens.
    fn deadline(&self) -> Instant {
        let tick = self.state.tick_every().map(|every| self.ticked + every);
        let reply = self
            .state
            .answers_due()
            .1
            .map(|since| since + self.reply_timeout);
        let write = (!self.state.out.is_empty()).then(|| self.last_write + self.silence);
        let leave = self.leaving.as_ref().map(|(_, until)| *until);
        let soonest = [tick, reply, write, leave].into_iter().flatten().min();
        let read = self.last_read + self.silence;
        soonest.map_or(read, |soonest| soonest.min(read))
    }

    /// A timer that rings early costs a look at the clock; setting it for each frame would cost
    /// more.
    fn wind(&self, sleep: Pin<&mut Sleep>) {
        let deadline = self.deadline();
        if deadline < sleep.deadline() || sleep.is_elapsed() {
            sleep.reset(deadline);
        }
    }

    fn look_at_the_clock(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let passed = |since: Instant, limit: Duration| now >= since + limit;
        if self
            .leaving
            .as_ref()
            .is_some_and(|(_, until)| now >= *until)
        {
            return Err(Error::timeout("closing"));
        }
        if passed(self.last_read, self.silence) {
            return Err(Error::timeout("waiting for a heartbeat"));
        }
        if self
            .state
            .answers_due()
            .1
            .is_some_and(|since| passed(since, self.reply_timeout))
        {
            return Err(Error::timeout("waiting for an answer"));
        }
        if !self.state.out.is_empty() && passed(self.last_write, self.silence) {
            return Err(Error::timeout("writing"));
        }
        if self
            .state
            .tick_every()
            .is_some_and(|every| passed(self.ticked, every))
        {
            self.ticked = now;
            if self.state.out.is_empty() {
                self.last_write = now;
            }
            self.state.tick(now);
            if self.mute {
                self.state.out.clear();
            }
        }
        Ok(())
    }
}
