//! What was read, in the log.

use std::fmt::Display;

use tracing::field::display;

use super::{Brokers, Config, PayloadForm};
use crate::duration::show;

impl Config {
    /// Logs that the function starts, and with what: each value as a field of its own, written as
    /// in the environment. Of TLS and AUTH is said only whether they are on; what is empty is left
    /// out.
    pub fn announce(&self) {
        let (lookupd, nsqd) = match &self.brokers {
            Brokers::Lookupd(lookupds) => (listed(lookupds), None),
            Brokers::Nsqd(nsqd) => (None, Some(display(nsqd))),
        };
        let payload = match self.payload {
            PayloadForm::Event => "event",
            PayloadForm::Raw => "raw",
        };
        tracing::info!(
            topic = %self.topic,
            channel = %self.channel,
            lookupd = lookupd.map(display),
            nsqd,
            tls = self.security.has_tls(),
            auth = self.security.has_secret(),
            concurrency = self.concurrency,
            timeout = %show(self.timeout),
            attempts = self.attempts,
            backoff_min = %show(self.backoff_min),
            backoff_max = %show(self.backoff_max),
            dead_letter = self.dead_letter.as_ref().map(display),
            drain = %show(self.drain),
            max_message = self.max_message,
            payload = %payload,
            replies = self.replies,
            reply_topics = listed(&self.reply_topics).map(display),
            healthz = %self.healthz_addr,
            log = self.log,
            "starting"
        );
    }
}

/// All of them, as lists are written in the environment; `None` where there is none.
fn listed(items: &[impl Display]) -> Option<String> {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    (!items.is_empty()).then(|| items.join(","))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What is logged, in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The line that is logged with these variables.
    fn announced(vars: &[(&str, &str)]) -> String {
        let config = Config::from_vars(vars.iter().copied()).unwrap();
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || config.announce());
        String::from_utf8(std::mem::take(&mut log.0.lock().unwrap())).unwrap()
    }

    #[test]
    fn the_start_is_one_line_of_names_and_values() {
        assert_eq!(
            announced(&[]),
            " INFO starting topic=test channel=default lookupd=127.0.0.1:4161 tls=false auth=false \
             concurrency=16 timeout=3s attempts=5 backoff_min=1s backoff_max=1m drain=8s \
             max_message=1048576 payload=event replies=true healthz=:8080 log=\"info\"\n"
        );
        let said = announced(&[
            ("NSQ_NSQD_ADDR", "nsqd.example"),
            ("KUBEFUNCS_DEAD_LETTER", "true"),
            ("KUBEFUNCS_REPLY_TOPICS", "a,b"),
            ("KUBEFUNCS_PAYLOAD", "raw"),
        ]);
        for part in [
            " nsqd=nsqd.example:4150 ",
            " dead_letter=test.default.dead ",
            " reply_topics=a,b ",
            " payload=raw ",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("lookupd="), "{said}");
    }

    #[test]
    fn no_secret_is_told_nor_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("whisper");
        std::fs::write(&secret, "abracadabra").unwrap();
        let said = announced(&[
            ("NSQ_TLS", "true"),
            ("NSQ_AUTH_SECRET_FILE", secret.to_str().unwrap()),
        ]);
        assert!(said.contains(" tls=true auth=true "), "{said}");
        assert!(!said.contains("abracadabra"), "{said}");
        assert!(!said.contains("whisper"), "{said}");
    }
}
