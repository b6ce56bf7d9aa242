//! NSQ, a function, and the program.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use kubefuncs::{Config, Context, Failure, Function, HttpRequest, HttpResponse, StatusCode};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd};

/// Nothing here should take this long; a test that waits for it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One nsqlookupd, one nsqd.
pub(crate) struct Nsq {
    pub(crate) lookupd: Nsqlookupd,
    pub(crate) nsqd: Nsqd,
}

impl Nsq {
    pub(crate) fn start() -> Self {
        let lookupd = Nsqlookupd::start();
        let nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
        Self { lookupd, nsqd }
    }

    /// The environment of whoever finds its brokers here.
    pub(crate) fn vars(&self) -> Vec<(String, String)> {
        vec![(
            "KUBEFUNCS_LOOKUPD".to_owned(),
            self.lookupd.http().to_string(),
        )]
    }

    /// The program, its brokers these.
    pub(crate) fn kubefuncs(&self, args: &[&str]) -> Command {
        let mut command = kubefuncs(args);
        command.envs(self.vars());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.kubefuncs(args))
    }

    /// A function on `topic`, ready.
    pub(crate) async fn function(&self, topic: &str) -> Function {
        let mut vars = self.vars();
        vars.push(("TOPIC".to_owned(), topic.to_owned()));
        vars.push(("HEALTHZ_ADDR".to_owned(), "127.0.0.1:0".to_owned()));
        let config = Config::from_vars(vars).unwrap();
        let function = Function::start(config, answer).await.unwrap();
        tokio::time::timeout(PATIENCE, function.ready())
            .await
            .unwrap();
        function
    }
}

/// What the test's function does, by path.
async fn answer(_: Context, request: HttpRequest) -> Result<HttpResponse, Failure> {
    match request.path() {
        "/missing" => Ok(HttpResponse::text("no such thing\n").with_status(StatusCode::NOT_FOUND)),
        "/fails" => Err(Failure::retry("the shop is closed").with_code("closed")),
        "/sleeps" => std::future::pending().await,
        _ => Ok(HttpResponse::text(format!(
            "{} {} {}\n",
            request.method,
            request.url,
            String::from_utf8_lossy(&request.body)
        ))),
    }
}

/// The program with nothing in its environment.
pub(crate) fn kubefuncs(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs"));
    command.env_clear().args(args).stdin(Stdio::null());
    command
}

/// An nsqlookupd that always says this, whatever it is asked.
pub(crate) fn directory(nodes: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = BufReader::new(stream.try_clone().unwrap()).lines();
            head.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
                .for_each(drop);
            let length = nodes.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{nodes}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(mut command: Command) -> Self {
        Self::from(command.output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
