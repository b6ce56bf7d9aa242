//! A real nsqd.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::go_signals::go_handles_term;
use crate::nsqlookupd::{START_LIMIT, knows};
use crate::{AuthServer, Ca, KeyPair, Nsqlookupd, Port, Process, http, nsqd_program};

/// How to start an [`Nsqd`].
#[derive(Debug, Clone, Default)]
pub struct NsqdOptions {
    lookupds: Vec<SocketAddr>,
    awaited: Vec<SocketAddr>,
    broadcast: Option<u16>,
    args: Vec<String>,
}

impl NsqdOptions {
    /// Registers with `lookupd`; the start waits until it is listed there.
    #[must_use]
    pub fn lookupd(mut self, lookupd: &Nsqlookupd) -> NsqdOptions {
        self.awaited.push(lookupd.http());
        self.lookupd_tcp(lookupd.tcp())
    }

    /// Registers with whatever is, or will be, at `addr`; the start does not wait for it.
    #[must_use]
    pub fn lookupd_tcp(mut self, addr: SocketAddr) -> NsqdOptions {
        self.lookupds.push(addr);
        self
    }

    /// Announces another port than the one it listens on: that of a [`Proxy`](crate::Proxy).
    #[must_use]
    pub fn broadcast_port(mut self, port: u16) -> NsqdOptions {
        self.broadcast = Some(port);
        self.arg(format!("-broadcast-tcp-port={port}"))
    }

    /// Offers TLS with this certificate, whose files have to stay.
    #[must_use]
    pub fn tls(self, pair: &KeyPair) -> NsqdOptions {
        // HTTPS, which comes with it, would take the same port in each test.
        self.arg("-https-address=127.0.0.1:0")
            .arg(format!("-tls-cert={}", pair.cert_file().display()))
            .arg(format!("-tls-key={}", pair.key_file().display()))
    }

    /// Requires a certificate of `ca` from clients, and so TLS, but for HTTP.
    #[must_use]
    pub fn client_certs_of(self, ca: &Ca) -> NsqdOptions {
        self.arg(format!("-tls-root-ca-file={}", ca.file().display()))
            .arg("-tls-client-auth-policy=require-verify")
            .arg("-tls-required=tcp-https")
    }

    /// Requires AUTH, and asks `server` for permissions.
    #[must_use]
    pub fn auth(self, server: &AuthServer) -> NsqdOptions {
        self.arg(format!("-auth-http-address={}", server.addr()))
    }

    /// Adds one argument as nsqd has them, such as `-mem-queue-size=0`.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> NsqdOptions {
        self.args.push(arg.into());
        self
    }
}

/// A running nsqd on two loopback ports, with its data in a temporary folder.
#[derive(Debug)]
pub struct Nsqd {
    tcp: Port,
    http: Port,
    data: TempDir,
    options: NsqdOptions,
    process: Process,
}

impl Nsqd {
    /// Starts one, waits until both ports answer and the lookupds of the options list it.
    ///
    /// # Panics
    /// When that takes over 30 s; shows its log.
    #[track_caller]
    pub fn start(options: NsqdOptions) -> Nsqd {
        let (tcp, http) = (Port::reserve(), Port::reserve());
        let data = TempDir::with_prefix("kubefuncs-nsqd-data-").expect("a folder for data");
        let process = launch(&tcp, &http, data.path(), &options);
        Nsqd {
            tcp,
            http,
            data,
            options,
            process,
        }
    }

    /// Where clients speak the NSQ protocol.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp.addr()
    }

    /// Where `/stats`, `/pub` and `/ping` are.
    pub fn http(&self) -> SocketAddr {
        self.http.addr()
    }

    /// The folder of its disk queues and metadata.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The process: its signals, its log on standard error.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// SIGTERM, and waits for the end; ports and data stay.
    #[track_caller]
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// SIGKILL: what was only in memory is lost; ports and data stay.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGSTOP: connections stay open, nothing answers.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// SIGCONT after [`Nsqd::pause`].
    pub fn resume(&mut self) {
        self.process.resume();
    }

    /// From now on no file grows: what nsqd cannot keep in memory it refuses. Its log stops, too.
    pub fn fill_disk(&mut self) {
        self.process.limit_files(Some(0));
    }

    /// There is room again.
    pub fn free_disk(&mut self) {
        self.process.limit_files(None);
    }

    /// Starts it again on the same ports and data, after a SIGTERM if it still runs.
    ///
    /// # Panics
    /// As [`Nsqd::start`].
    #[track_caller]
    pub fn restart(&mut self) {
        if self.process.is_running() {
            self.process.stop();
        }
        self.process = launch(&self.tcp, &self.http, self.data.path(), &self.options);
    }

    /// The JSON text of `/stats`, `query` added to it: `topic=t&channel=c`, or nothing.
    ///
    /// # Panics
    /// When nsqd does not answer 200.
    #[track_caller]
    pub fn stats(&self, query: &str) -> String {
        let response = http::get(self.http(), &format!("/stats?format=json&{query}"));
        let response = response.unwrap_or_else(|error| panic!("nsqd /stats: {error}"));
        assert_eq!(response.status, 200, "nsqd /stats: {}", response.text());
        response.text()
    }
}

#[track_caller]
fn launch(tcp: &Port, http: &Port, data: &Path, options: &NsqdOptions) -> Process {
    let mut command = Command::new(nsqd_program());
    command
        // Without it nsqd announces the machine's name, which may not lead back to it.
        .args(["-broadcast-address", "127.0.0.1"])
        .args(["-tcp-address", &tcp.to_string(), "-http-address", &http.to_string()])
        .arg("-data-path")
        .arg(data);
    for lookupd in &options.lookupds {
        command.arg(format!("-lookupd-tcp-address={lookupd}"));
    }
    command.args(&options.args);
    let mut process = Process::start("nsqd", command);
    let pid = process.id();
    let announced = options.broadcast.unwrap_or(tcp.number());
    process.wait_ready(START_LIMIT, "nsqd answers and is registered", || {
        is_up(http.addr())
            && TcpStream::connect(tcp.addr()).is_ok()
            && go_handles_term(pid)
            && options
                .awaited
                .iter()
                .all(|lookupd| knows(*lookupd, announced))
    });
    process
}

/// Where TLS is required for HTTP, too, that is what it says.
fn is_up(http: SocketAddr) -> bool {
    http::get(http, "/ping").is_ok_and(|response| [200, 403].contains(&response.status))
}
