//! The exporter as a whole.

use std::future::Future;
use std::time::Duration;

use kubefuncs::Address;
use kubefuncs::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::collector::Nsq;
use crate::poll::Poll;
use crate::server;
use crate::sweep::Sweep;

/// Whom it asks, and how often.
#[derive(Debug, Clone)]
pub struct Config {
    /// HTTP addresses of nsqlookupd: all addresses of a name are asked.
    pub lookupds: Vec<Address>,
    /// HTTP addresses of nsqd, beside those that the directory names.
    pub nsqds: Vec<Address>,
    /// From the beginning of one round to the next.
    pub interval: Duration,
    /// What one question may take.
    pub timeout: Duration,
    /// Whether leaked reply topics are deleted, and how long they have to be without a reader.
    pub janitor: Option<Duration>,
}

/// Asks NSQ and answers others.
#[derive(Debug)]
pub struct Exporter {
    config: Config,
}

impl Exporter {
    /// One that is ready to run.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Serves `listener` until `shutdown` ends, and then whoever is being served for a moment.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let (sender, board) = watch::channel(None);
        let metrics = Metrics::new();
        metrics
            .register(Box::new(Nsq::new(board.clone())))
            .expect("names of its own");
        let poll = Poll::new(&self.config, sender, &metrics);
        let (rest, patience) = (self.config.janitor, self.config.timeout);
        let sweep = rest.map(|rest| Sweep::new(rest, patience, &metrics));
        let looks = board.clone();
        let sweeping = async {
            match sweep {
                Some(sweep) => sweep.run(looks).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = poll.run() => {}
            () = sweeping => {}
            () = server::serve(listener, board, metrics, shutdown) => {}
        }
    }
}
