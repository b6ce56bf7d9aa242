//! The gateway as a whole: two ports, one backend, and the order in which they end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout_at};

use crate::admin;
use crate::admission::Admission;
use crate::backend::Backend;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::limits::Limits;
use crate::server;
use crate::service::Service;

/// A gateway that is ready to run: everything but its ports.
#[derive(Debug)]
pub struct Gateway<B> {
    /// The routes.
    pub config: Config,
    /// The bounds.
    pub limits: Limits,
    /// How long leaving may take, from the order to stop until everything is closed.
    pub drain: Duration,
    /// What answers requests.
    pub backend: B,
}

impl<B: Backend> Gateway<B> {
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
        let Self {
            config,
            limits,
            drain,
            backend,
        } = self;
        let lifecycle = Lifecycle::default();
        let service = Arc::new(Service {
            routes: config.routes,
            admission: Admission::new(&limits),
            limits,
            lifecycle: lifecycle.clone(),
            backend,
        });

        let answers = service.clone();
        let mut main = std::pin::pin!(server::serve(
            main,
            &service.limits,
            lifecycle.closing(),
            move |peer, request| {
                let service = answers.clone();
                async move { service.answer(peer, request).await }
            },
        ));
        // Probes are answered to the very end, so nothing stops this port but the end itself.
        let never = tokio_util::sync::CancellationToken::new();
        let answers = service.clone();
        let admin = server::serve(admin, &service.limits, &never, move |_, request| {
            std::future::ready(admin::answer(&answers, &request))
        });

        let life = async {
            let until_told = async {
                shutdown.await;
                lifecycle.leave();
                tracing::info!("leaving: not ready any more, answering those who still come");
                let deadline = Instant::now() + drain;
                sleep(service.limits.lame_duck.min(drain / 2)).await;
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
        }
    }
}
