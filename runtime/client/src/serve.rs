//! The function's side: messages in, a bounded number handled at once, answers out.

mod alone;
mod answer;
mod backoff;
mod budget;
mod bury;
mod calibrate;
mod call;
mod clock;
mod figures;
mod kept;
mod message;
mod open;
mod recent;
pub(crate) mod run;
mod settle;
mod step;
mod subscription;
mod threads;
mod work;
mod workers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kubefuncs_nsq::{Consumer, ConsumerConfig, Delivery, Discovery};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::broker;
use crate::config::Config;
use crate::connections::{self, Connections};
use crate::error::Error;
use crate::handler::{Erased, Handler, erase};
use crate::health::Health;
use crate::metrics::Metrics;
use crate::timeout::message_timeout;
use alone::Alone;
use bury::Graveyard;
use clock::Clocks;
use figures::Figures;
use kept::Kept;
use open::Open;
use recent::RecentTopics;
use step::Steps;
use threads::Threads;

/// A running function. [`run`](crate::run) is this with signals around it.
#[derive(Debug)]
pub struct Function {
    consumer: Consumer,
    health: Health,
    metrics: Metrics,
    concurrency: u32,
    drain: Duration,
    _stop: DropGuard,
    _discovery: Discovery,
    /// Last, so that what runs on it is told to go before it ends.
    io: Threads,
}

/// What every message in hand needs.
struct Shared {
    config: Config,
    handler: Erased,
    consumer: Consumer,
    answered: RecentTopics,
    kept: Kept,
    open: Open,
    alone: Alone,
    clocks: Arc<Clocks>,
    figures: Figures,
    /// As many threads of blocking handlers as handlers.
    threads: Arc<Semaphore>,
    /// Where what is given up is kept, if anywhere.
    graveyard: Option<Graveyard>,
}

impl Shared {
    /// How long ago a broker took a message.
    fn age(&self, delivery: &Delivery) -> Duration {
        let now = SystemTime::now();
        self.clocks
            .age(delivery.node(), delivery.timestamp_ns(), now)
    }
}

impl Function {
    /// Starts handling messages with `handler` and returns at once: brokers may come and go,
    /// [`ready`](Self::ready) waits for the first.
    ///
    /// Handlers run on the executor of the caller. Only their first step is taken on the threads of
    /// the connections, where the message arrived, for as long as such steps are short and often the
    /// end: a handler that answers without waiting for anything is done then. One that computes for
    /// long, or blocks, stops neither connections nor touches nor health checks: a thread is kept
    /// free for them. Other messages it stops for as long as it takes to be noticed, mostly 20 ms
    /// and a tenth of a second where there was nothing to do before; they go to the caller's
    /// executor then.
    ///
    /// Dropping the function without a [`drain`](Self::drain) cuts its connections: what was being
    /// handled is delivered again after the broker's message timeout.
    ///
    /// # Errors
    /// When `HEALTHZ_ADDR` cannot be listened on, or the system gives no thread.
    pub async fn start<M: 'static>(
        config: Config,
        handler: impl Handler<M>,
    ) -> Result<Self, Error> {
        Self::start_with(config, handler, Metrics::new()).await
    }

    /// As [`start`](Self::start), counting in these metrics and serving them: what the handler
    /// counts itself can be among them.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with<M: 'static>(
        config: Config,
        handler: impl Handler<M>,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let stop = CancellationToken::new();
        let steps = Arc::new(Steps::new(Handle::current(), stop.clone()));
        let io = Threads::start(Arc::clone(&steps))
            .map_err(|error| Error::process("the system gives no thread", error))?;
        let health = Health::start(&config.healthz_addr, metrics.clone(), &io.handle()).await?;
        let (discovery, consumer) = subscribe(&config, &io);
        health.ready_once(consumer.confirmed());
        let (drain, concurrency) = (config.drain, u32::from(config.concurrency));
        let clocks = Arc::<Clocks>::default();
        io.handle().spawn(calibrate::run(
            config.clone(),
            Arc::clone(&clocks),
            discovery.nodes(),
            stop.clone(),
        ));
        let connections = Connections {
            consumer: consumer.clone(),
            producer: None,
        };
        let counted = connections::Figures::new(&metrics);
        io.handle().spawn(counted.follow(connections, stop.clone()));
        let shared = Shared {
            handler: erase(handler),
            consumer: consumer.clone(),
            answered: RecentTopics::default(),
            kept: Kept::new(config.timeout + KEPT_LONGER),
            open: Open::default(),
            alone: Alone::default(),
            clocks,
            figures: Figures::new(&metrics, &config),
            threads: Arc::new(Semaphore::new(config.concurrency.into())),
            graveyard: config.dead_letter.clone().map(Graveyard::new),
            config,
        };
        workers::start(&Arc::new(shared), &steps, &io.handle(), &stop);
        Ok(Self {
            consumer,
            health,
            metrics,
            concurrency,
            drain,
            _stop: stop.drop_guard(),
            _discovery: discovery,
            io,
        })
    }

    /// The executor of connections, touches and health checks.
    pub(crate) fn io(&self) -> Handle {
        self.io.handle()
    }

    /// Says whether what the function needs beside its brokers is there. While it is not, the
    /// function is not ready and takes no more messages; what it has it finishes. At the start it
    /// is.
    pub fn set_available(&self, available: bool) {
        self.health.set_available(available);
        let handlers = if available { self.concurrency } else { 0 };
        self.consumer.set_max_in_flight(handlers);
    }

    /// Where it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Where health and metrics are served.
    pub fn health_addr(&self) -> SocketAddr {
        self.health.addr()
    }

    /// Waits until a broker has confirmed the subscription. Cancel-safe.
    pub async fn ready(&self) {
        let _ = self
            .consumer
            .confirmed()
            .wait_for(|nodes| !nodes.is_empty())
            .await;
    }

    /// Takes no more messages, returns those not yet begun to the brokers at once, lets handlers
    /// that run finish, and leaves within the drain time. A handler that takes longer is dropped,
    /// and its message returned.
    pub async fn drain(self) {
        self.health.not_ready();
        let closing = self.consumer.close(self.drain.saturating_sub(GOODBYE));
        // A broker that has stopped answering must not hold the process.
        match timeout(self.drain, closing).await {
            Ok(drained) => {
                let (unstarted, abandoned) = (drained.unstarted, drained.abandoned);
                tracing::info!(unstarted, abandoned, "drained");
            }
            Err(_) => tracing::warn!("not drained: a broker did not say goodbye in time"),
        }
    }
}

/// Of the drain time, what is kept for returning the messages of handlers that ran too long.
const GOODBYE: Duration = Duration::from_millis(500);

fn subscribe(config: &Config, io: &Threads) -> (Discovery, Consumer) {
    // Discovery runs where it is made.
    let handle = io.handle();
    let _entered = handle.enter();
    let mut consumer = ConsumerConfig::new(config.topic.clone(), config.channel.clone());
    consumer.max_in_flight = u32::from(config.concurrency);
    consumer.connection = broker::connection(config);
    consumer.connection.msg_timeout = Some(message_timeout(config.timeout));
    let discovery = broker::discovery(config);
    let consumer = Consumer::start(consumer, &discovery);
    (discovery, consumer)
}

/// The broker delivers a message again after at most 10 s, give or take its own precision of 5 s;
/// a caller that is still there then has at most the timeout left.
const KEPT_LONGER: Duration = Duration::from_secs(20);
