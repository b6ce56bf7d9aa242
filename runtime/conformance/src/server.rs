//! A server under test.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig, Lookupd, LookupdConfig};
use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{AuthServer, Ca, Nsqd, Nsqlookupd, wait_until};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::settings::Security;
use crate::wire::Wire;
use crate::{PATIENCE, Probe, Settings, Trust};

/// nsqd, or the embedded broker.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    security: Security,
}

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
        let security = Security::new(settings);
        let mut flags = security.flags(settings);
        if let Some(lookupd) = &lookupd {
            flags = flags.lookupd(lookupd);
        }
        let kind = Kind::Nsqd {
            nsqd: Box::new(Nsqd::start(flags)),
            lookupd,
        };
        Server { kind, security }
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
        let security = Security::new(settings);
        let config = BrokerConfig {
            nsqd: security.options(settings),
            https: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            lookupd_http: None,
            lookupds: lookupd.iter().cloned().collect(),
            ..BrokerConfig::default()
        };
        let broker = executor
            .block_on(Broker::start(config))
            .expect("free ports");
        let kind = Kind::Embedded {
            broker,
            lookupd,
            executor,
        };
        Server { kind, security }
    }

    /// The CA of its certificate, and of its clients'.
    #[track_caller]
    pub fn ca(&self) -> &Ca {
        self.security.ca().expect("TLS")
    }

    /// Where it asks what clients may do.
    #[track_caller]
    pub fn auth(&self) -> &AuthServer {
        self.security.auth().expect("AUTH")
    }

    /// Connects, identifies by `json`, and does what the server wants then: TLS, and AUTH with
    /// `secret`.
    #[track_caller]
    pub fn probe(&self, json: Value, secret: &str) -> Probe {
        let addr = self.tcp();
        let mut probe = match self.security.ca() {
            Some(ca) => Probe::encrypted(addr, &Trust::of(ca), json),
            None => Probe::identified(addr, json),
        };
        if self.security.auth().is_some() {
            probe.authenticate(secret);
        }
        probe
    }

    /// Where clients connect.
    pub fn tcp(&self) -> SocketAddr {
        match &self.kind {
            Kind::Nsqd { nsqd, .. } => nsqd.tcp(),
            Kind::Embedded { broker, .. } => broker.addresses().tcp,
        }
    }

    /// Its HTTP endpoints.
    pub fn http(&self) -> SocketAddr {
        match &self.kind {
            Kind::Nsqd { nsqd, .. } => nsqd.http(),
            Kind::Embedded { broker, .. } => broker.addresses().http,
        }
    }

    /// The directory's HTTP endpoints.
    #[track_caller]
    pub fn lookupd_http(&self) -> SocketAddr {
        match &self.kind {
            Kind::Nsqd { lookupd, .. } => lookupd.as_ref().expect("a directory").http(),
            Kind::Embedded { lookupd, .. } => lookupd.as_ref().expect("a directory").http(),
        }
    }

    /// Where nsqd processes register.
    #[track_caller]
    pub fn lookupd_tcp(&self) -> SocketAddr {
        match &self.kind {
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
        match &mut self.kind {
            Kind::Nsqd { nsqd, .. } => nsqd.restart(),
            Kind::Embedded {
                broker, executor, ..
            } => executor.block_on(async {
                broker.terminate().await;
                listen_again(broker).await;
            }),
        }
    }

    /// SIGKILL and a new start, or what stands for it.
    #[track_caller]
    pub fn crash(&mut self) {
        match &mut self.kind {
            Kind::Nsqd { nsqd, .. } => {
                nsqd.kill();
                nsqd.restart();
            }
            Kind::Embedded {
                broker, executor, ..
            } => executor.block_on(async {
                broker.crash().await;
                listen_again(broker).await;
            }),
        }
    }

    /// SIGSTOP, or what stands for it.
    pub fn pause(&mut self) {
        match &mut self.kind {
            Kind::Nsqd { nsqd, .. } => nsqd.pause(),
            Kind::Embedded { broker, .. } => broker.pause(),
        }
    }

    /// SIGCONT, or what stands for it.
    pub fn resume(&mut self) {
        match &mut self.kind {
            Kind::Nsqd { nsqd, .. } => nsqd.resume(),
            Kind::Embedded { broker, .. } => broker.resume(),
        }
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        http::get(self.http(), path).expect("an answer")
    }

    /// Any request over TLS, at `port`.
    ///
    /// # Errors
    /// No TLS, or no HTTP in it.
    pub fn https(
        &self,
        port: u16,
        trust: &Trust,
        method: &str,
        path: &str,
    ) -> io::Result<Response> {
        let addr = SocketAddr::new(self.http().ip(), port);
        let mut wire = Wire::connect(addr);
        wire.encrypt(trust)?;
        http::exchange(wire, &addr.to_string(), method, path, &[], b"")
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
        if let Kind::Nsqd { nsqd, .. } = &mut self.kind {
            eprintln!("{}", nsqd.process().last_words());
        }
    }
}

/// Starts a broker again. Its ports may be taken for a moment: by a process that was just forked off
/// this one and has not yet become another program, or by whoever was given one to connect from.
async fn listen_again(broker: &Broker) {
    let again = async {
        while let Err(error) = broker.restart().await {
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{error}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let started = tokio::time::timeout(PATIENCE, again).await;
    started.expect("the same ports");
}
