//! A function in this process, and the brokers it would have.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kubefuncs::{CallOptions, FromPayload, HttpRequest, HttpResponse, OutcomeKind, Raw};
use kubefuncs_gateway::{Backend, Ended, Ending, Fresh, Reject, Sight, Watch};
use tokio::sync::Semaphore;

type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, Reject>> + Send>>;
type Handler = dyn Fn(String, HttpRequest, CallOptions) -> Answer + Send + Sync;

/// What a test sees of its function, and says to it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) ready: AtomicBool,
    /// Calls that have begun.
    pub(crate) begun: AtomicUsize,
    /// Calls that have ended, with an answer or given up by the caller.
    pub(crate) ended: AtomicUsize,
    pub(crate) closed: AtomicBool,
    /// What the brokers say of every topic.
    pub(crate) sight: Mutex<Sight>,
    /// What they say the next time they are asked out of turn, where that is something else.
    pub(crate) fresh: Mutex<Option<Sight>>,
    /// How often somebody began to watch a topic.
    pub(crate) watches: AtomicUsize,
    /// Requests that nobody waits for are over when there is a permit.
    pub(crate) over: Semaphore,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            ready: AtomicBool::new(true),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            sight: Mutex::default(),
            fresh: Mutex::default(),
            watches: AtomicUsize::new(0),
            over: Semaphore::new(0),
        }
    }
}

/// A function in this process.
pub(crate) struct Function {
    seen: Arc<Seen>,
    handler: Box<Handler>,
}

impl Function {
    pub(super) fn new<H, F>(seen: &Arc<Seen>, handler: H) -> Self
    where
        H: Fn(String, HttpRequest, CallOptions) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HttpResponse, Reject>> + Send + 'static,
    {
        Self {
            seen: seen.clone(),
            handler: Box::new(move |topic, request, options| {
                Box::pin(handler(topic, request, options))
            }),
        }
    }

    fn handle(&self, topic: &str, request: Raw, options: CallOptions) -> Answer {
        let request = HttpRequest::from_payload(request).unwrap();
        (self.handler)(topic.to_owned(), request, options)
    }
}

struct Counting(Arc<Seen>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Backend for Function {
    fn is_ready(&self) -> bool {
        self.seen.ready.load(Ordering::SeqCst)
    }

    async fn call(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> Result<HttpResponse, Reject> {
        self.seen.begun.fetch_add(1, Ordering::SeqCst);
        let _counting = Counting(self.seen.clone());
        self.handle(topic, request, options).await
    }

    async fn submit(
        &self,
        topic: &str,
        request: Raw,
        options: CallOptions,
    ) -> Result<Ending, Reject> {
        self.seen.begun.fetch_add(1, Ordering::SeqCst);
        let ended = self.handle(topic, request, options).await;
        let seen = self.seen.clone();
        Ok(Box::pin(async move {
            // A test says when it is over.
            let over = seen.over.acquire().await.unwrap();
            over.forget();
            Ended {
                kind: match ended.is_ok() {
                    true => OutcomeKind::Done,
                    false => OutcomeKind::DeadLettered,
                },
                attempt: 2,
                dead_letter: ended.is_err().then(|| "test.dead".to_owned()),
                result: ended.map(|answer| answer.status.as_u16()),
            }
        }))
    }

    fn watch(&self, _topic: &str) -> Option<Box<dyn Watch>> {
        self.seen.watches.fetch_add(1, Ordering::SeqCst);
        Some(Box::new(Looking(self.seen.clone())))
    }

    async fn close(&self) {
        self.seen.closed.store(true, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct Looking(Arc<Seen>);

impl Watch for Looking {
    fn sight(&self) -> Sight {
        *self.0.sight.lock().unwrap()
    }

    fn fresh(&self) -> Fresh {
        let seen = self.0.clone();
        Box::pin(async move {
            if let Some(fresh) = seen.fresh.lock().unwrap().take() {
                *seen.sight.lock().unwrap() = fresh;
            }
        })
    }
}
