//! A real nsqlookupd.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use crate::go_signals::go_handles_term;
use crate::{Port, Process, http, nsqlookupd_program};

pub(crate) const START_LIMIT: Duration = Duration::from_secs(30);

/// A running nsqlookupd on two loopback ports.
#[derive(Debug)]
pub struct Nsqlookupd {
    tcp: Port,
    http: Port,
    args: Vec<String>,
    process: Process,
}

impl Nsqlookupd {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it does not answer within 30 s; shows its log.
    #[track_caller]
    pub fn start() -> Nsqlookupd {
        Nsqlookupd::start_with(&[])
    }

    /// As [`Nsqlookupd::start`] with further arguments, such as `-inactive-producer-timeout=1s`.
    ///
    /// # Panics
    /// As [`Nsqlookupd::start`].
    #[track_caller]
    pub fn start_with(args: &[&str]) -> Nsqlookupd {
        let (tcp, http) = (Port::reserve(), Port::reserve());
        let args = args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>();
        let process = launch(&tcp, &http, &args);
        Nsqlookupd {
            tcp,
            http,
            args,
            process,
        }
    }

    /// Where nsqd registers.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp.addr()
    }

    /// Where clients look topics up.
    pub fn http(&self) -> SocketAddr {
        self.http.addr()
    }

    /// The process: its signals, its log on standard error.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// SIGTERM, and waits for the end; the ports stay reserved.
    #[track_caller]
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// SIGKILL; the ports stay reserved.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGSTOP: accepts connections, answers nothing.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// SIGCONT after [`Nsqlookupd::pause`].
    pub fn resume(&mut self) {
        self.process.resume();
    }

    /// Stops it if it runs, and starts it on the same ports. It has forgotten every producer;
    /// each nsqd returns within its PING interval of 15 s.
    ///
    /// # Panics
    /// As [`Nsqlookupd::start`].
    #[track_caller]
    pub fn restart(&mut self) {
        self.process.kill();
        self.process = launch(&self.tcp, &self.http, &self.args);
    }

    /// Whether `nsqd` is among the producers that `/nodes` lists.
    pub fn knows(&self, nsqd: SocketAddr) -> bool {
        knows(self.http(), nsqd.port())
    }
}

#[track_caller]
fn launch(tcp: &Port, http: &Port, args: &[String]) -> Process {
    let mut command = Command::new(nsqlookupd_program());
    command
        .args(["-broadcast-address", "127.0.0.1"])
        .args([
            "-tcp-address",
            &tcp.to_string(),
            "-http-address",
            &http.to_string(),
        ])
        .args(args);
    let mut process = Process::start("nsqlookupd", command);
    let pid = process.id();
    process.wait_ready(START_LIMIT, "nsqlookupd answers", || {
        http::is_ok(http.addr(), "/ping") && go_handles_term(pid)
    });
    process
}

/// `/nodes` says `"tcp_port":N,` once for each producer; all of them broadcast 127.0.0.1.
pub(crate) fn knows(lookupd_http: SocketAddr, nsqd_port: u16) -> bool {
    let port = format!("\"tcp_port\":{nsqd_port},");
    http::get(lookupd_http, "/nodes").is_ok_and(|nodes| nodes.text().contains(&port))
}
