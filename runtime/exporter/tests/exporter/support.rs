//! An exporter of a test, and what is asked of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, Port, Process, http, wait_until};

use crate::exposition::{self, Page};

pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A running exporter.
pub(crate) struct Exporter {
    pub(crate) process: Process,
    port: Port,
}

pub(crate) fn command(arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs-exporter"));
    command.args(arguments).env_clear();
    command
}

impl Exporter {
    /// One that asks often, and does not wait long.
    pub(crate) fn start(arguments: &[String]) -> Self {
        let port = Port::reserve();
        let usual = [
            "--interval=100ms".into(),
            "--timeout=500ms".into(),
            format!("--listen={port}"),
        ];
        let mut process = Process::start("exporter", command(&[&usual[..], arguments].concat()));
        process.wait_ready(LIMIT, "the exporter has asked", || {
            http::is_ok(port.addr(), "/readyz")
        });
        Self { process, port }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// All it tells, read strictly.
    pub(crate) fn page(&self) -> Page {
        let response = http::get(self.addr(), "/metrics").unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(
            response.header("content-type"),
            Some("text/plain; version=0.0.4")
        );
        exposition::read(&response.text())
    }

    /// Waits for a series to have this value, and gives the page that has it.
    #[track_caller]
    pub(crate) fn until(&self, name: &str, labels: &[(&str, &str)], wanted: Option<f64>) -> Page {
        let mut found = None;
        wait_until(LIMIT, &format!("{name}{labels:?} is {wanted:?}"), || {
            let page = self.page();
            let value = exposition::value(&page, name, labels);
            found = Some(page);
            value == wanted
        });
        found.unwrap()
    }

    /// What `/queue` answers: the status, and the body.
    pub(crate) fn queue(&self, topic: &str, channel: &str) -> (u16, String) {
        let (topic, channel) = (topic.replace('#', "%23"), channel.replace('#', "%23"));
        let path = format!("/queue?topic={topic}&channel={channel}");
        let response = http::get(self.addr(), &path).unwrap();
        (response.status, response.text())
    }
}

/// A directory and brokers that are registered with it.
pub(crate) fn cluster<const N: usize>() -> (Nsqlookupd, [Nsqd; N]) {
    let lookupd = Nsqlookupd::start();
    let nsqds = std::array::from_fn(|_| Nsqd::start(NsqdOptions::default().lookupd(&lookupd)));
    (lookupd, nsqds)
}

pub(crate) fn through(lookupd: &Nsqlookupd) -> Vec<String> {
    vec![format!("--lookupd={}", lookupd.http())]
}

/// The label of a broker.
pub(crate) fn node(nsqd: &Nsqd) -> String {
    nsqd.http().to_string()
}

/// A command to a broker over HTTP.
#[track_caller]
pub(crate) fn post(nsqd: &Nsqd, path: &str, body: &[u8]) {
    let response = http::post(nsqd.http(), &path.replace('#', "%23"), body).unwrap();
    assert_eq!(response.status, 200, "{path}: {}", response.text());
}

/// Publishes `count` messages.
pub(crate) fn publish(nsqd: &Nsqd, topic: &str, count: usize) {
    post(
        nsqd,
        &format!("/mpub?topic={topic}"),
        "x\n".repeat(count).as_bytes(),
    );
}

/// A consumer that speaks NSQ's protocol by hand.
pub(crate) struct Consumer(TcpStream);

impl Consumer {
    /// One that takes nothing yet.
    pub(crate) fn subscribe(nsqd: &Nsqd, topic: &str, channel: &str) -> Self {
        let mut consumer = Self(TcpStream::connect(nsqd.tcp()).unwrap());
        consumer.0.set_read_timeout(Some(LIMIT)).unwrap();
        consumer.say(&format!("  V2SUB {topic} {channel}\n"));
        assert_eq!(consumer.frame(), b"\0\0\0\0OK");
        consumer
    }

    /// Takes one message and acknowledges it.
    pub(crate) fn take_one(&mut self) {
        self.say("RDY 1\n");
        // Type, time, attempts, id.
        let message = self.frame();
        let id = std::str::from_utf8(&message[4 + 8 + 2..][..16]).unwrap();
        self.say(&format!("FIN {id}\n"));
    }

    fn say(&mut self, command: &str) {
        self.0.write_all(command.as_bytes()).unwrap();
    }

    /// The type and the data of a frame.
    fn frame(&mut self) -> Vec<u8> {
        let mut size = [0; 4];
        self.0.read_exact(&mut size).unwrap();
        let mut frame = vec![0; u32::from_be_bytes(size) as usize];
        self.0.read_exact(&mut frame).unwrap();
        frame
    }
}
