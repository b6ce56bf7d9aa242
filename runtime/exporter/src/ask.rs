//! One question over HTTP to an NSQ server: bounded in time, in size and in number.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kubefuncs::Address;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The largest answer that is read: figures of some 25,000 channels.
const MAX_ANSWER: usize = 8 << 20;
/// Questions at a time, and so answers in memory.
pub(crate) const AT_ONCE: usize = 32;
/// Names that are looked up at a time. The system may take long, on a thread that nobody can stop.
const RESOLVING: usize = 16;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("its name has no address: {0}")]
    Resolve(io::Error),
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("not HTTP: {0}")]
    Http(hyper::Error),
    #[error("the answer was {0}")]
    Status(StatusCode),
    #[error("the answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

/// Asks NSQ servers.
#[derive(Debug)]
pub(crate) struct Asker {
    patience: Duration,
    places: Semaphore,
    resolving: Arc<Semaphore>,
}

impl Asker {
    /// Looking a name up takes `patience` at most, and so does every question, until the last byte
    /// of its answer.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            places: Semaphore::new(AT_ONCE),
            resolving: Arc::new(Semaphore::new(RESOLVING)),
        }
    }

    /// The addresses that a name stands for, each once.
    pub(crate) async fn resolve(&self, server: &Address) -> Result<Vec<SocketAddr>, AskError> {
        if let Ok(address) = server.host().parse::<IpAddr>() {
            return Ok(vec![(address, server.port()).into()]);
        }
        let (host, port) = (server.host().to_owned(), server.port());
        let resolving = Arc::clone(&self.resolving);
        // A task of its own: the place is taken for as long as the thread is.
        let found = tokio::spawn(async move {
            let _place = resolving.acquire_owned().await;
            let found = tokio::net::lookup_host((host, port)).await?;
            Ok(found.collect::<BTreeSet<_>>())
        });
        let found = timeout(self.patience, found).await;
        let found = found.map_err(|_| AskError::Timeout(self.patience))?;
        let found = found.unwrap_or_else(|error| Err(io::Error::other(error)));
        Ok(found.map_err(AskError::Resolve)?.into_iter().collect())
    }

    /// Asks a server by its name, at the first of its addresses that takes a connection.
    pub(crate) async fn named(
        &self,
        server: &Address,
        method: Method,
        path: &str,
    ) -> Result<Bytes, AskError> {
        let addresses = self.resolve(server).await?;
        let connect = TcpStream::connect(addresses.as_slice());
        self.ask(connect, &server.to_string(), method, path).await
    }

    /// Asks a server at one of its addresses.
    pub(crate) async fn at(
        &self,
        server: SocketAddr,
        method: Method,
        path: &str,
    ) -> Result<Bytes, AskError> {
        let connect = TcpStream::connect(server);
        self.ask(connect, &server.to_string(), method, path).await
    }

    async fn ask(
        &self,
        connect: impl Future<Output = io::Result<TcpStream>>,
        host: &str,
        method: Method,
        path: &str,
    ) -> Result<Bytes, AskError> {
        // Never closed.
        let _place = self.places.acquire().await;
        let asked = async {
            let stream = connect.await.map_err(AskError::Connect)?;
            exchange(stream, host, method, path).await
        };
        let answer = timeout(self.patience, asked).await;
        answer.unwrap_or(Err(AskError::Timeout(self.patience)))
    }
}

async fn exchange(
    stream: TcpStream,
    host: &str,
    method: Method,
    path: &str,
) -> Result<Bytes, AskError> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, host)
        // Servers before 1.0 wrap their answers without it.
        .header(header::ACCEPT, "application/vnd.nsq; version=1.0")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| AskError::Body(error.into()))?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(64 << 10)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(AskError::Http)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(AskError::Http)?;
        if response.status() != StatusCode::OK {
            return Err(AskError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER);
        Ok(body.collect().await.map_err(AskError::Body)?.to_bytes())
    };
    tokio::pin!(exchange, connection);
    // The connection reads and writes for the exchange; what becomes of it later is of no interest.
    tokio::select! {
        answer = &mut exchange => answer,
        ended = &mut connection => {
            ended.map_err(AskError::Http)?;
            exchange.await
        }
    }
}

/// A name as it stands in a query: of all that names may have, `#` alone means something there.
pub(crate) fn in_query(name: &str) -> String {
    name.replace('#', "%23")
}
