//! A running gateway, a function to put behind it, and two clients: hyper's, and raw bytes.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kubefuncs::{CallOptions, HttpRequest, HttpResponse};
use kubefuncs_gateway::{Backend, Config, Gateway, Limits, Reject};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Nothing here should take this long; a test that waits for it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, Reject>> + Send>>;
type Handler = dyn Fn(String, HttpRequest, CallOptions) -> Answer + Send + Sync;

/// What a test sees of its function.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) ready: AtomicBool,
    /// Calls that have begun.
    pub(crate) begun: AtomicUsize,
    /// Calls that have ended, with an answer or given up by the caller.
    pub(crate) ended: AtomicUsize,
    pub(crate) closed: AtomicBool,
}

/// A function in this process.
pub(crate) struct Function {
    seen: Arc<Seen>,
    handler: Box<Handler>,
}

struct Ended(Arc<Seen>);

impl Drop for Ended {
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
        request: HttpRequest,
        options: CallOptions,
    ) -> Result<HttpResponse, Reject> {
        self.seen.begun.fetch_add(1, Ordering::SeqCst);
        let _ended = Ended(self.seen.clone());
        (self.handler)(topic.to_owned(), request, options).await
    }

    async fn close(&self) {
        self.seen.closed.store(true, Ordering::SeqCst);
    }
}

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
        let config = Config::parse(Path::new("routes.yaml"), &format!("routes: {routes}")).unwrap();
        let seen = Arc::new(Seen {
            ready: AtomicBool::new(true),
            ..Seen::default()
        });
        let handler: Box<Handler> =
            Box::new(move |topic, request, options| Box::pin(handler(topic, request, options)));
        let backend = Function {
            seen: seen.clone(),
            handler,
        };
        let gateway = Gateway {
            config,
            limits,
            drain,
            backend,
        };
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

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Sends a request on a connection of its own. Its URI is a path.
pub(crate) async fn send(to: SocketAddr, request: http::request::Builder) -> Reply {
    send_body(to, request, "").await
}

pub(crate) async fn send_body(
    to: SocketAddr,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Reply {
    let path = request.uri_ref().unwrap().path_and_query().unwrap().clone();
    let uri = format!("http://{to}{path}");
    let request = request.uri(uri).body(Full::new(body.into())).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = tokio::time::timeout(PATIENCE, client.request(request))
        .await
        .unwrap()
        .unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Writes bytes and reads what comes back until the gateway closes the connection.
pub(crate) async fn raw(to: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut socket = TcpStream::connect(to).await.unwrap();
    // A gateway that has seen enough may close before all is written, and its answer is there.
    let _ = socket.write_all(bytes.as_ref()).await;
    read_to_end(&mut socket).await
}

pub(crate) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = async {
        let mut buffer = [0; 4096];
        // A reset after the answer is an end, too.
        while let Ok(count @ 1..) = socket.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the gateway closes the connection");
    String::from_utf8(answer).unwrap()
}

/// Reads until `end` has come.
pub(crate) async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(end.as_bytes()) {
            answer.push(socket.read_u8().await.unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the gateway answers");
    String::from_utf8(answer).unwrap()
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
