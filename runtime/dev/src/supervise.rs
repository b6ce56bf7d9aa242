//! One function: started, watched, started again, stopped.

use std::time::Duration;

use tokio::time::{Instant, interval, sleep, sleep_until};

use crate::child::{Child, Stopped};
use crate::crew::{Stop, told};
use crate::files::Files;
use crate::log::{Log, Tag};
use crate::program::Program;
use crate::watch::{self, Watch};
use crate::{health, listen};

/// Waits before a program that has ended is started again: doubled each time.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A program that ran for so long has not failed at its start.
const WELL: Duration = Duration::from_secs(10);
/// Whoever waits for longer for a function to be ready wants to know why.
const SLOW: Duration = Duration::from_secs(5);
/// So many ends soon after the start are a crash loop.
const LOOP: u32 = 3;

/// Runs a function until told to stop, or until `stop`'s other end is gone.
pub(crate) async fn run(program: Program, (log, tag): (Log, Tag), stop: Stop) {
    for note in &program.notes {
        log.about(&tag, note);
    }
    if program.command.is_empty() {
        let (topic, channel) = &program.consumes;
        log.about(
            &tag,
            &format!(
                "not started: it has neither `command` nor `dev.command` in functions.yaml. Add \
                 `dev: {{command: […]}}`, or start it yourself for topic `{topic}` and channel \
                 `{channel}`"
            ),
        );
        return;
    }
    Supervisor {
        watch: Watch::new(watch::named(&program.command, &program.folder)),
        program,
        log,
        tag,
        stop,
        failures: 0,
    }
    .run()
    .await;
}

struct Supervisor {
    program: Program,
    log: Log,
    tag: Tag,
    stop: Stop,
    watch: Watch,
    /// Ends soon after the start, one after the other.
    failures: u32,
}

/// What comes after a run.
enum Next {
    Again,
    Pause,
    Wait,
    Stop,
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            let next = match self.start().await {
                Ok((child, port)) => self.attend(child, port).await,
                Err(why) => {
                    self.say(&format!("{why}; it is tried again when that changes"));
                    if self.program.command[0].starts_with("/bin/") {
                        self.say(
                            "a path of its image? `dev: {command: […]}` in functions.yaml says \
                             how to start it here",
                        );
                    }
                    Next::Wait
                }
            };
            match next {
                Next::Again => {}
                Next::Stop => return,
                Next::Wait => {
                    if !self.pause(None).await {
                        return;
                    }
                }
                Next::Pause => {
                    let pause = pause(self.failures);
                    if !self.pause(Some(Instant::now() + pause)).await {
                        return;
                    }
                }
            }
        }
    }

    async fn start(&mut self) -> Result<(Child, Option<u16>), String> {
        let mut program = self.program.clone();
        program.files.as_ref().map_or(Ok(()), Files::place)?;
        let port = match program.health {
            Some(_) => Some(
                listen::free_port()
                    .await
                    .map_err(|error| format!("no port for its health checks: {error}"))?,
            ),
            None => None,
        };
        if let Some(port) = port {
            let address = format!("127.0.0.1:{port}");
            program.env.insert("HEALTHZ_ADDR".into(), address.into());
        }
        if self.failures < LOOP {
            self.say(&format!("starting `{}`", program.shown));
        }
        Child::start(&program, &self.log, &self.tag).map(|child| (child, port))
    }

    /// Stays with a running child until it has ended, or has been ended.
    async fn attend(&mut self, mut child: Child, port: Option<u16>) -> Next {
        let begun = Instant::now();
        let mut looks = interval(watch::INTERVAL);
        let (topic, channel) = &self.program.consumes;
        let ready = format!("ready: topic `{topic}`, channel `{channel}`");
        let path = self.program.health.clone().unwrap_or_default();
        let mut well = std::pin::pin!(health::ready(port, path));
        let (mut is_well, mut is_slow) = (port.is_none(), false);
        let mut stop = self.stop.clone();
        let mut told = std::pin::pin!(told(&mut stop));
        let mut slow = std::pin::pin!(sleep(SLOW));
        loop {
            tokio::select! {
                how = child.ended() => {
                    child.clear().await;
                    return self.fell(&how, begun.elapsed());
                }
                () = &mut told => {
                    self.end(child).await;
                    return Next::Stop;
                }
                () = &mut well, if !is_well => {
                    is_well = true;
                    if self.failures < LOOP {
                        self.say(&ready);
                    }
                }
                () = &mut slow, if !is_well && !is_slow => {
                    is_slow = true;
                    self.say(
                        "not ready yet (perhaps still being built); calls get 503 or 504 until it is",
                    );
                }
                _ = looks.tick() => {
                    if let Some(id) = child.id() {
                        self.watch.add_running(id);
                    }
                    if let Some(file) = self.watch.changed() {
                        self.say(&format!("{} has changed: starting it again", file.display()));
                        self.failures = 0;
                        self.end(child).await;
                        return Next::Again;
                    }
                }
            }
        }
    }

    async fn end(&self, child: Child) {
        match child.stop(self.program.grace).await {
            Stopped::Well => self.say("stopped"),
            Stopped::Said(how) => self.say(&format!("stopped with {how}")),
            Stopped::Killed => self.say(&format!(
                "killed: it did not stop within {} s",
                self.program.grace.as_secs()
            )),
        }
    }

    /// Says that it has ended, once and not for ever.
    fn fell(&mut self, how: &str, after: Duration) -> Next {
        self.failures = match after >= WELL {
            true => 1,
            false => self.failures.saturating_add(1),
        };
        let pause = pause(self.failures);
        match self.failures {
            ..LOOP => self.say(&format!(
                "ended with {how}; starting it again in {:.1} s",
                pause.as_secs_f32()
            )),
            LOOP => self.say(&format!(
                "keeps ending soon after its start, now with {how}; tried again ever more \
                 rarely, up to every {} s, and when its files change. This is not said again",
                PAUSE.1.as_secs()
            )),
            _ => {}
        }
        Next::Pause
    }

    /// Waits until `end`, or until a file changes. False when it is to stop.
    async fn pause(&mut self, end: Option<Instant>) -> bool {
        let mut looks = interval(watch::INTERVAL);
        let over = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let mut over = std::pin::pin!(over);
        let mut stop = self.stop.clone();
        let mut told = std::pin::pin!(told(&mut stop));
        loop {
            tokio::select! {
                () = &mut told => return false,
                () = &mut over => return true,
                _ = looks.tick() => {
                    if let Some(file) = self.watch.changed() {
                        self.failures = 0;
                        self.say(&format!("{} has changed", file.display()));
                        return true;
                    }
                }
            }
        }
    }

    fn say(&self, text: &str) {
        self.log.about(&self.tag, text);
    }
}

/// How long to wait after so many failures.
fn pause(failures: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u32::MAX);
    PAUSE.0.saturating_mul(doubled).min(PAUSE.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_limit() {
        let millis: Vec<_> = (1..=8).map(|n| pause(n).as_millis()).collect();
        assert_eq!(millis, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(pause(u32::MAX), PAUSE.1);
    }
}
