//! A server under test.

use std::net::SocketAddr;
use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig, Lookupd, LookupdConfig, NsqdOptions};
use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{Nsqd, NsqdOptions as Flags, Nsqlookupd, wait_until};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::PATIENCE;

/// What a story needs other than nsqd's defaults.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `-mem-queue-size`
    pub mem_queue_size: usize,
    /// `-max-msg-timeout`
    pub max_msg_timeout: Duration,
    /// `-max-req-timeout`
    pub max_req_timeout: Duration,
    /// `-max-channel-consumers`
    pub max_channel_consumers: usize,
    /// Whether there is a directory.
    pub lookupd: bool,
    /// Whether compression is granted.
    pub compression: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            mem_queue_size: 10_000,
            max_msg_timeout: Duration::from_secs(900),
            max_req_timeout: Duration::from_secs(3600),
            max_channel_consumers: 0,
            lookupd: false,
            compression: false,
        }
    }
}

/// nsqd, or the embedded broker.
#[derive(Debug)]
pub struct Server(Kind);

#[derive(Debug)]
enum Kind {
    Nsqd {
        nsqd: Box<Nsqd>,
        lookupd: Option<Nsqlookupd>,
    },
    Embedded {
        // Dropped first, while the executor can still close what they have opened.
        broker: Broker,
        lookupd: Option<Lookupd>,
        executor: Runtime,
    },
}

impl Server {
    /// Real servers.
    #[track_caller]
    pub fn nsqd(settings: &Settings) -> Server {
        let lookupd = settings.lookupd.then(Nsqlookupd::start);
        let mut flags = Flags::default()
            .arg(format!("-snappy={}", settings.compression))
            .arg(format!("-deflate={}", settings.compression))
            .arg(format!("-mem-queue-size={}", settings.mem_queue_size))
            .arg(format!(
                "-max-msg-timeout={}ms",
                settings.max_msg_timeout.as_millis()
            ))
            .arg(format!(
                "-max-req-timeout={}ms",
                settings.max_req_timeout.as_millis()
            ))
            .arg(format!(
                "-max-channel-consumers={}",
                settings.max_channel_consumers
            ));
        if let Some(lookupd) = &lookupd {
            flags = flags.lookupd(lookupd);
        }
        Server(Kind::Nsqd {
            nsqd: Box::new(Nsqd::start(flags)),
            lookupd,
        })
    }

    /// The embedded broker, with an executor of its own.
    #[track_caller]
    pub fn embedded(settings: &Settings) -> Server {
        let executor = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("an executor");
        let lookupd = settings.lookupd.then(|| {
            let config = LookupdConfig {
                tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
                ..LookupdConfig::default()
            };
            executor
                .block_on(Lookupd::start(config))
                .expect("free ports")
        });
        let config = BrokerConfig {
            nsqd: NsqdOptions {
                mem_queue_size: settings.mem_queue_size,
                max_msg_timeout: settings.max_msg_timeout,
                max_req_timeout: settings.max_req_timeout,
                max_channel_consumers: settings.max_channel_consumers,
                snappy: settings.compression,
                deflate: settings.compression,
                ..NsqdOptions::default()
            },
            lookupd_http: None,
            lookupds: lookupd.iter().cloned().collect(),
            ..BrokerConfig::default()
        };
        let broker = executor
            .block_on(Broker::start(config))
            .expect("free ports");
        Server(Kind::Embedded {
            broker,
            lookupd,
            executor,
        })
    }

    /// Where clients connect.
    pub fn tcp(&self) -> SocketAddr {
        match &self.0 {
            Kind::Nsqd { nsqd, .. } => nsqd.tcp(),
            Kind::Embedded { broker, .. } => broker.addresses().tcp,
        }
    }

    /// Its HTTP endpoints.
    pub fn http(&self) -> SocketAddr {
        match &self.0 {
            Kind::Nsqd { nsqd, .. } => nsqd.http(),
            Kind::Embedded { broker, .. } => broker.addresses().http,
        }
    }

    /// The directory's HTTP endpoints.
    #[track_caller]
    pub fn lookupd_http(&self) -> SocketAddr {
        match &self.0 {
            Kind::Nsqd { lookupd, .. } => lookupd.as_ref().expect("a directory").http(),
            Kind::Embedded { lookupd, .. } => lookupd.as_ref().expect("a directory").http(),
        }
    }

    /// Where nsqd processes register.
    #[track_caller]
    pub fn lookupd_tcp(&self) -> SocketAddr {
        match &self.0 {
            Kind::Nsqd { lookupd, .. } => lookupd.as_ref().expect("a directory").tcp(),
            Kind::Embedded { lookupd, .. } => {
                let tcp = lookupd.as_ref().and_then(Lookupd::tcp);
                tcp.expect("a directory")
            }
        }
    }

    /// SIGTERM and a new start, or what stands for it.
    #[track_caller]
    pub fn restart(&mut self) {
        match &mut self.0 {
            Kind::Nsqd { nsqd, .. } => nsqd.restart(),
            Kind::Embedded {
                broker, executor, ..
            } => executor.block_on(async {
                broker.terminate().await;
                broker.restart().await.expect("the same ports");
            }),
        }
    }

    /// SIGKILL and a new start, or what stands for it.
    #[track_caller]
    pub fn crash(&mut self) {
        match &mut self.0 {
            Kind::Nsqd { nsqd, .. } => {
                nsqd.kill();
                nsqd.restart();
            }
            Kind::Embedded {
                broker, executor, ..
            } => executor.block_on(async {
                broker.crash().await;
                broker.restart().await.expect("the same ports");
            }),
        }
    }

    /// SIGSTOP, or what stands for it.
    pub fn pause(&mut self) {
        match &mut self.0 {
            Kind::Nsqd { nsqd, .. } => nsqd.pause(),
            Kind::Embedded { broker, .. } => broker.pause(),
        }
    }

    /// SIGCONT, or what stands for it.
    pub fn resume(&mut self) {
        match &mut self.0 {
            Kind::Nsqd { nsqd, .. } => nsqd.resume(),
            Kind::Embedded { broker, .. } => broker.resume(),
        }
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        http::get(self.http(), path).expect("an answer")
    }

    /// POST.
    #[track_caller]
    pub fn post(&self, path: &str, body: &[u8]) -> Response {
        http::post(self.http(), path, body).expect("an answer")
    }

    /// POST, which has to succeed.
    #[track_caller]
    pub fn change(&self, path: &str) {
        let response = self.post(path, b"");
        assert_eq!(response.status, 200, "{path}: {}", response.text());
    }

    /// `/stats` as JSON, `query` added to it.
    #[track_caller]
    pub fn stats(&self, query: &str) -> Value {
        let response = self.get(&format!("/stats?format=json&{query}"));
        assert_eq!(response.status, 200, "{}", response.text());
        serde_json::from_slice(&response.body).expect("JSON")
    }

    /// One topic of `/stats`; null when there is none.
    #[track_caller]
    pub fn topic(&self, topic: &str) -> Value {
        let query = format!("topic={}", topic.replace('#', "%23"));
        self.stats(&query)
            .pointer("/topics/0")
            .cloned()
            .unwrap_or_default()
    }

    /// One channel of `/stats`; null when there is none.
    #[track_caller]
    pub fn channel(&self, topic: &str, channel: &str) -> Value {
        let topic = self.topic(topic);
        let channels = topic["channels"].as_array().cloned().unwrap_or_default();
        let found = channels
            .into_iter()
            .find(|found| found["channel_name"] == channel);
        found.unwrap_or_default()
    }

    /// Waits until a channel's number is this.
    #[track_caller]
    pub fn wait_for(&self, topic: &str, channel: &str, field: &str, value: u64) {
        let what = format!("{topic}/{channel}: {field} is {value}");
        wait_until(PATIENCE, &what, || {
            self.channel(topic, channel)[field] == value
        });
    }

    /// Shows a process's log.
    #[expect(
        clippy::print_stderr,
        reason = "a failing test shows what its server said"
    )]
    pub(crate) fn say_last_words(&mut self) {
        if let Kind::Nsqd { nsqd, .. } = &mut self.0 {
            eprintln!("{}", nsqd.process().last_words());
        }
    }
}
