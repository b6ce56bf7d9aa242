//! The access log: a JSON line for a sample of the requests, and for every one that failed here or
//! behind here.
//!
//! What a caller may have meant to keep to itself is not in it: no query, no headers, no bodies.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kubefuncs::metrics::prometheus::IntCounter;
use serde::Serialize;

/// Lines that wait for whoever reads the log. Beyond it they are dropped and counted: nobody waits
/// for a log.
const WAITING: usize = 1024;
/// Bytes of a path that are shown.
const PATH: usize = 1024;

/// A request that is over.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line<'a> {
    /// When the answer was ready, in seconds since 1970.
    pub(crate) time: f64,
    pub(crate) request_id: &'a str,
    /// Of the caller's `traceparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) peer: &'a str,
    pub(crate) protocol: &'static str,
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) topic: &'a str,
    pub(crate) status: u16,
    /// The `code` of an error of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    pub(crate) bytes_in: usize,
    pub(crate) bytes_out: usize,
    /// From the request's head to the answer, in seconds.
    pub(crate) seconds: f64,
    /// Of those, the wait for the function.
    pub(crate) function_seconds: f64,
}

/// Where lines go, and which of them.
#[derive(Debug)]
pub(crate) struct AccessLog {
    share: f64,
    salt: RandomState,
    lines: SyncSender<Vec<u8>>,
    dropped: IntCounter,
}

/// The end of the log: waits until what was said is written, but not for a reader that has stopped.
#[derive(Debug)]
pub(crate) struct Writing(Receiver<()>);

/// How long the end of the log is waited for.
const END: Duration = Duration::from_secs(1);

impl AccessLog {
    /// A log of this share of all requests, 0 to 1, written by a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        share: f64,
        to: impl Write + Send + 'static,
        dropped: IntCounter,
    ) -> std::io::Result<(Self, Writing)> {
        let (lines, waiting) = sync_channel(WAITING);
        let (ended, end) = sync_channel(1);
        let thread = std::thread::Builder::new().name("access-log".to_owned());
        thread.spawn(move || {
            write(&waiting, to);
            drop(ended);
        })?;
        let log = Self {
            share,
            salt: RandomState::new(),
            lines,
            dropped,
        };
        Ok((log, Writing(end)))
    }

    /// Whether a request is in the sample. The same for one id, and not to be foreseen by whoever
    /// chooses it.
    pub(crate) fn wants(&self, request_id: &str, status: u16) -> bool {
        // The upper 53 bits are what a float can hold.
        let draw = (self.salt.hash_one(request_id) >> 11) as f64 / (1_u64 << 53) as f64;
        status >= 500 || draw < self.share
    }

    pub(crate) fn write(&self, line: &Line<'_>) {
        let Ok(mut json) = serde_json::to_vec(line) else {
            return;
        };
        json.push(b'\n');
        match self.lines.try_send(json) {
            Ok(()) => (),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.dropped.inc(),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // The writer ends when the last sender is gone, and then drops its own.
        let _ = self.0.recv_timeout(END);
    }
}

fn write(lines: &Receiver<Vec<u8>>, to: impl Write) {
    let mut to = BufWriter::new(to);
    // Whoever read it has gone: there is nobody to tell, so the rest is taken and dropped.
    while let Ok(line) = lines.recv() {
        let _ = to.write_all(&line);
        while let Ok(line) = lines.try_recv() {
            let _ = to.write_all(&line);
        }
        let _ = to.flush();
    }
}

/// Now, in seconds since 1970, to the millisecond.
pub(crate) fn now() -> f64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as f64 / 1000.0
}

/// As much of a path as is shown.
pub(crate) fn shown(path: &str) -> &str {
    &path[..path.floor_char_boundary(PATH)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn dropped() -> IntCounter {
        IntCounter::new("dropped", "dropped").unwrap()
    }

    fn line(path: &str) -> Line<'_> {
        Line {
            time: 1.5,
            request_id: "r",
            trace_id: None,
            peer: "127.0.0.1:1",
            protocol: "HTTP/1.1",
            method: "GET",
            host: "h",
            path,
            topic: "",
            status: 404,
            code: Some("no_route"),
            bytes_in: 0,
            bytes_out: 2,
            seconds: 0.25,
            function_seconds: 0.0,
        }
    }

    #[test]
    fn a_line_is_json_whatever_the_path() {
        let text = Shared::default();
        let (log, writing) = AccessLog::start(1.0, text.clone(), dropped()).unwrap();
        log.write(&line("/a\"\\\u{1}\n{}"));
        log.write(&line("/b"));
        drop((log, writing));
        let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let first: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(
            (lines.len(), first["path"].as_str()),
            (2, Some("/a\"\\\u{1}\n{}"))
        );
        assert_eq!(
            lines[1],
            r#"{"time":1.5,"requestId":"r","peer":"127.0.0.1:1","protocol":"HTTP/1.1","method":"GET","host":"h","path":"/b","status":404,"code":"no_route","bytesIn":0,"bytesOut":2,"seconds":0.25,"functionSeconds":0.0}"#
        );
    }

    #[test]
    fn the_sample_is_as_large_as_was_said_and_failures_are_always_in_it() {
        for (share, expected) in [(0.0, 0..=0), (0.1, 700..=1300), (1.0, 10_000..=10_000)] {
            let (log, writing) = AccessLog::start(share, std::io::sink(), dropped()).unwrap();
            let wanted = |id: &u32| log.wants(&id.to_string(), 200);
            let count = (0..10_000).filter(wanted).count();
            assert!(expected.contains(&count), "{count} of {share}");
            assert!((500..600).all(|status| log.wants("x", status)));
            drop((log, writing));
        }
    }

    /// A reader that stopped reading holds nobody up.
    #[test]
    fn what_nobody_takes_is_dropped_and_counted() {
        struct Stuck(Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        let (release, stuck) = sync_channel(0);
        let dropped = dropped();
        let (log, writing) = AccessLog::start(1.0, Stuck(stuck), dropped.clone()).unwrap();
        // What the channel holds, what the writer's buffer holds, and some.
        for _ in 0..WAITING * 3 {
            log.write(&line("/a"));
        }
        assert!(dropped.get() > 0);
        drop((release, log, writing));
    }
}
