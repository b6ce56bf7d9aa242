//! A running gateway, a function to put behind it, and clients.

mod client;
mod function;

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use kubefuncs::{CallOptions, HttpRequest, HttpResponse};
use kubefuncs_gateway::{Config, Gateway, Limits, Reject};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use client::{Reply, raw, read_to_end, read_until, send, send_body};
pub(crate) use function::{Function, Seen};

/// Nothing here should take this long; a test that waits for it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway that runs until it is dropped or stopped.
pub(crate) struct Running {
    pub(crate) main: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<bool>,
}

impl Running {
    /// Starts a gateway with these routes, in YAML.
    pub(crate) async fn start<H, F>(routes: &str, limits: Limits, handler: H) -> Self
    where
        H: Fn(String, HttpRequest, CallOptions) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HttpResponse, Reject>> + Send + 'static,
    {
        Self::start_with_drain(routes, limits, PATIENCE, handler).await
    }

    pub(crate) async fn start_with_drain<H, F>(
        routes: &str,
        limits: Limits,
        drain: Duration,
        handler: H,
    ) -> Self
    where
        H: Fn(String, HttpRequest, CallOptions) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HttpResponse, Reject>> + Send + 'static,
    {
        let setup = |gateway: Gateway<_>| gateway.with_limits(limits).with_drain(drain);
        Self::launch(routes, setup, handler).await
    }

    /// Starts a gateway with these routes, in YAML, and what else `setup` gives it.
    pub(crate) async fn launch<H, F>(
        routes: &str,
        setup: impl FnOnce(Gateway<Function>) -> Gateway<Function>,
        handler: H,
    ) -> Self
    where
        H: Fn(String, HttpRequest, CallOptions) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HttpResponse, Reject>> + Send + 'static,
    {
        let seen = Arc::<Seen>::default();
        let gateway = Gateway::new(config(routes), Function::new(&seen, handler));
        let gateway = setup(gateway.with_drain(PATIENCE));
        let listeners = [
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        ];
        let [main, admin] = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap());
        let [first, second] = listeners;
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(gateway.run(first, second, async {
            let _ = stopped.await;
        }));
        Self {
            main,
            admin,
            seen,
            stop,
            done,
        }
    }

    /// A gateway before a function that answers `pong` to everything below `/test/`.
    pub(crate) async fn pong() -> Self {
        Self::start("{/test/: test}", Limits::default(), |_, _, _| async {
            Ok(HttpResponse::text("pong\n"))
        })
        .await
    }

    /// Tells the gateway to leave; what it answers says whether it did so in time.
    pub(crate) fn stop(self) -> JoinHandle<bool> {
        let _ = self.stop.send(());
        self.done
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.main, Request::get(path)).await
    }

    pub(crate) fn begun(&self) -> usize {
        self.seen.begun.load(Ordering::SeqCst)
    }
}

/// These routes, in YAML, and whatever is written below them.
pub(crate) fn config(routes: &str) -> Config {
    Config::parse(Path::new("routes.yaml"), &format!("routes: {routes}")).unwrap()
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, poll).await.is_ok(),
        "never: {what}"
    );
}
