//! The function's side: messages in, a bounded number handled at once, answers out.

mod answer;
mod backoff;
mod budget;
mod call;
mod kept;
mod message;
mod recent;
mod run;
mod settle;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs_nsq::{Consumer, ConsumerConfig, Discovery, IoThread};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::broker;
use crate::config::Config;
use crate::error::Error;
use crate::handler::{Erased, Handler, erase};
use crate::health::Health;
use crate::timeout::message_timeout;
use kept::Kept;
use recent::RecentTopics;

/// A running function. [`run`](crate::run) is this with signals around it.
#[derive(Debug)]
pub struct Function {
    consumer: Consumer,
    health: Health,
    drain: Duration,
    _pump: DropGuard,
    _discovery: Discovery,
    /// Last, so that what runs on it is told to go before it ends.
    _io: IoThread,
}

/// What every message in hand needs.
struct Shared {
    config: Config,
    handler: Erased,
    answered: RecentTopics,
    kept: Kept,
}

impl Function {
    /// Starts handling messages with `handler` and returns at once: brokers may come and go,
    /// [`ready`](Self::ready) waits for the first.
    ///
    /// Handlers run on the executor of the caller; connections, touches and health checks run on a
    /// thread of their own, so that a handler that computes for long stops none of them. Dropping
    /// the function without a [`drain`](Self::drain) cuts its connections: what was being handled
    /// is delivered again after the broker's message timeout.
    ///
    /// # Errors
    /// When `HEALTHZ_ADDR` cannot be listened on, or the system gives no thread.
    pub async fn start<M: 'static>(
        config: Config,
        handler: impl Handler<M>,
    ) -> Result<Self, Error> {
        let io = IoThread::start()
            .map_err(|error| Error::process("the system gives no thread", error))?;
        let health = Health::start(&config.healthz_addr, &io.handle()).await?;
        let (discovery, consumer) = subscribe(&config, &io);
        health.ready_once(consumer.confirmed());
        let drain = config.drain;
        let shared = Shared {
            handler: erase(handler),
            answered: RecentTopics::default(),
            kept: Kept::new(config.timeout + KEPT_LONGER),
            config,
        };
        let stop = CancellationToken::new();
        tokio::spawn(pump(consumer.clone(), Arc::new(shared), stop.clone()));
        Ok(Self {
            consumer,
            health,
            drain,
            _pump: stop.drop_guard(),
            _discovery: discovery,
            _io: io,
        })
    }

    /// Where health is served.
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

fn subscribe(config: &Config, io: &IoThread) -> (Discovery, Consumer) {
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

/// Starts a task for each message. The consumer hands out no more than `concurrency` at once: what a
/// broker sends beyond that stays in it, unstarted.
async fn pump(consumer: Consumer, shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let delivery = tokio::select! {
            () = stop.cancelled() => return,
            delivery = consumer.recv() => delivery,
        };
        let Some(delivery) = delivery else { return };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            message::handle(delivery, &shared)
                .await
                .settle(&shared.kept)
                .await;
        });
    }
}
