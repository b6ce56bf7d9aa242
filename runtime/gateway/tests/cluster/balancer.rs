//! What stands before gateways: it asks each now and then whether it is ready, and sends every
//! request once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::CONNECTION;
use http_body_util::{BodyExt, Empty, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Between two questions.
const POLL: Duration = Duration::from_millis(100);

/// Status and body, or why there is none.
pub(crate) type Answer = Result<(u16, Bytes), String>;

struct Gateway {
    main: SocketAddr,
    ready: AtomicBool,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    asking: tokio::task::AbortHandle,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

#[derive(Default)]
pub(crate) struct Balancer {
    gateways: Mutex<Vec<Arc<Gateway>>>,
    turn: AtomicUsize,
}

impl Balancer {
    /// Takes a gateway that is ready.
    pub(crate) fn add(&self, main: SocketAddr, admin: SocketAddr) {
        let gateway = Arc::new_cyclic(|gateway: &std::sync::Weak<Gateway>| {
            let gateway = gateway.clone();
            let asking = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(POLL).await;
                    let ready = ask(admin).await;
                    let Some(gateway) = gateway.upgrade() else {
                        return;
                    };
                    gateway.ready.store(ready, Ordering::SeqCst);
                    if !ready {
                        gateway.idle.lock().unwrap().clear();
                    }
                }
            });
            Gateway {
                main,
                ready: AtomicBool::new(true),
                idle: Mutex::default(),
                asking: asking.abort_handle(),
            }
        });
        self.gateways.lock().unwrap().push(gateway);
    }

    pub(crate) fn remove(&self, main: SocketAddr) {
        self.gateways
            .lock()
            .unwrap()
            .retain(|gateway| gateway.main != main);
    }

    /// Sends a request to a gateway that is ready. One that takes no connection has not got it:
    /// then it goes to the next.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let mut gateways = self.gateways.lock().unwrap().clone();
        gateways.retain(|gateway| gateway.ready.load(Ordering::SeqCst));
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut refused = "no gateway is ready".to_owned();
        for step in 0..gateways.len() {
            let gateway = &gateways[(turn + step) % gateways.len()];
            match gateway.connection().await {
                Ok(connection) => return gateway.send(connection, path).await,
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

impl Gateway {
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let next = || self.idle.lock().unwrap().pop();
        while let Some(mut idle) = next() {
            // One that the gateway has closed is seen here, before anything is sent.
            if idle.ready().await.is_ok() {
                return Ok(idle);
            }
        }
        let socket = TcpStream::connect(self.main)
            .await
            .map_err(|e| format!("connect: {e}"))?;
        let (sender, connection) = handshake(TokioIo::new(socket))
            .await
            .map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn send(&self, mut connection: SendRequest<Full<Bytes>>, path: &str) -> Answer {
        let request = Request::post(path).header("host", "shop.example");
        let request = request
            .body(Full::new(Bytes::from_static(b"ping")))
            .unwrap();
        let failed = |error: hyper::Error| format!("{} after it was sent: {error:?}", self.main);
        let answer = connection.send_request(request).await.map_err(failed)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(failed)?.to_bytes();
        if !head.headers.contains_key(CONNECTION) && self.ready.load(Ordering::SeqCst) {
            self.idle.lock().unwrap().push(connection);
        }
        Ok((head.status.as_u16(), body))
    }
}

/// Whether a gateway is ready; silence is no.
async fn ask(admin: SocketAddr) -> bool {
    let asked = async {
        let socket = TcpStream::connect(admin).await.ok()?;
        let (mut sender, connection) = handshake(TokioIo::new(socket)).await.ok()?;
        tokio::spawn(connection);
        let request = Request::get("/readyz")
            .header("host", "h")
            .body(Empty::<Bytes>::new());
        Some(sender.send_request(request.unwrap()).await.ok()?.status())
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), asked).await;
    matches!(answer, Ok(Some(status)) if status == 200)
}
