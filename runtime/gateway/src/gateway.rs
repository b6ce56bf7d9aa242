//! The gateway as a whole: two ports, one backend, and the order in which they end.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::accepted::Accepted;
use crate::access_log::{AccessLog, Writing};
use crate::backend::Backend;
use crate::config::Config;
use crate::follow::Followed;
use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::live::Live;
use crate::metrics::Counted;
use crate::service::Service;
use crate::{admin, reload, server};

/// A gateway that is ready to run: everything but its ports.
pub struct Gateway<B> {
    config: Config,
    backend: B,
    limits: Limits,
    drain: Option<Duration>,
    metrics: Metrics,
    file: Option<Followed>,
    updates: Option<watch::Receiver<Config>>,
    log: Option<(f64, Box<dyn Write + Send>)>,
}

impl<B: Backend> Gateway<B> {
    /// A gateway with these routes before this backend, with the usual limits and no access log.
    pub fn new(config: Config, backend: B) -> Self {
        Self {
            drain: None,
            config,
            backend,
            limits: Limits::default(),
            metrics: Metrics::new(),
            file: None,
            updates: None,
            log: None,
        }
    }

    /// The bounds where the configuration names none.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long leaving may take, from the order to stop until everything is closed. Without it,
    /// as long as the slowest route that there is then, and a moment more.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = Some(drain);
        self
    }

    /// Counts in these metrics, which are then those of the whole process.
    #[must_use]
    pub fn with_metrics(mut self, metrics: &Metrics) -> Self {
        self.metrics = metrics.clone();
        self
    }

    /// Reads the configuration again whenever this file changes. One with an error is named in
    /// the log, with its place, and changes nothing.
    #[must_use]
    pub fn watching(mut self, file: Followed) -> Self {
        self.file = Some(file);
        self
    }

    /// Takes every configuration that is sent here in the place of the one before.
    #[must_use]
    pub fn with_updates(mut self, updates: watch::Receiver<Config>) -> Self {
        self.updates = Some(updates);
        self
    }

    /// Writes a JSON line for this share of all requests, 0 to 1, and for each that was answered
    /// with 500 or above.
    #[must_use]
    pub fn with_access_log(mut self, share: f64, to: impl Write + Send + 'static) -> Self {
        self.log = Some((share, Box::new(to)));
        self
    }

    /// Serves `main` and `admin` until `shutdown` ends, then leaves without losing a request:
    /// readiness turns false, for a while whoever still comes is answered, then the port closes,
    /// calls that wait get their answers, and the backend closes.
    ///
    /// Returns whether all of that fitted into the drain time.
    pub async fn run(
        self,
        main: TcpListener,
        admin: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> bool {
        let counted = Arc::new(Counted::new(&self.metrics));
        let (log, _written) = self
            .log
            .map_or((None, None), |(share, to)| start(share, to, &counted));
        let live = Arc::new(Live::new(self.config, self.limits.clone(), &counted));
        let lifecycle = Lifecycle::default();
        let service = Arc::new(Service {
            live: live.clone(),
            load: Arc::default(),
            lifecycle: lifecycle.clone(),
            backend: self.backend,
            accepted: Accepted::default(),
            counted: counted.clone(),
            log,
        });

        let answers = service.clone();
        let mut main = std::pin::pin!(server::serve(
            main,
            &self.limits,
            &lifecycle,
            || counted.connection(),
            move |peer, request| answers.clone().answer(peer, request),
        ));
        // Probes are answered to the very end, so nothing stops this port but the end itself.
        let never = Lifecycle::default();
        let answers = service.clone();
        let admin = server::serve(
            admin,
            &self.limits,
            &never,
            || (),
            move |_, request| std::future::ready(admin::answer(&answers, &request)),
        );
        let changes = async {
            let file = reload::follow(live.clone(), counted.clone(), self.file);
            match self.updates {
                Some(updates) => {
                    let updates = reload::take(live.clone(), counted.clone(), updates);
                    tokio::join!(file, updates);
                }
                None => file.await,
            }
        };

        let life = async {
            let until_told = async {
                shutdown.await;
                lifecycle.leave();
                tracing::info!("leaving: not ready any more, answering those who still come");
                let drain = self.drain.unwrap_or_else(|| {
                    let longest = live.get().routes.longest_timeout();
                    kubefuncs::timeout::drain(longest)
                });
                let deadline = Instant::now() + drain;
                sleep(self.limits.lame_duck.min(drain / 2)).await;
                lifecycle.close();
                deadline
            };
            let deadline = tokio::select! {
                deadline = until_told => deadline,
                // Ends only after it was told to.
                () = main.as_mut() => return true,
            };
            let end = async {
                main.await;
                service.backend.close().await;
            };
            timeout_at(deadline, end).await.is_ok()
        };
        tokio::select! {
            in_time = life => in_time,
            () = admin => true,
            () = changes => true,
        }
    }
}

/// A log that cannot be written is no reason not to serve.
fn start(
    share: f64,
    to: Box<dyn Write + Send>,
    counted: &Counted,
) -> (Option<AccessLog>, Option<Writing>) {
    match AccessLog::start(share, to, counted.unlogged()) {
        Ok((log, writing)) => (Some(log), Some(writing)),
        Err(error) => {
            tracing::error!(%error, "no access log: the system gives no thread");
            (None, None)
        }
    }
}

impl<B> std::fmt::Debug for Gateway<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}
