//! A server that is asked over HTTP.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Scheme, Uri};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::grant::Grant;
use super::query::Question;

/// nsqd's `-http-client-connect-timeout` and `-http-client-request-timeout`, as they are unless set.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes. Each client keeps one.
const MAX_ANSWER: usize = 256 * 1024;

/// Where permissions are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Host and port.
    host: String,
    path: String,
}

impl Server {
    /// From `host:port`, which is asked for `/auth`, or a URL.
    ///
    /// # Errors
    /// What it should be.
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let url = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}/auth")
        };
        Self::from_url(&url).ok_or_else(|| {
            // Before an @ there may be a password.
            let shown = text.rsplit('@').next().unwrap_or_default();
            let what = format!(
                "auth_http_addresses: {shown:?} is no server that can be asked: expected HOST:PORT \
                 or a URL that begins with http:// and has no password (https is not spoken here)"
            );
            io::Error::new(io::ErrorKind::InvalidInput, what)
        })
    }

    fn from_url(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let plain = uri.scheme() == Some(&Scheme::HTTP);
        let authority = uri.authority().filter(|_| plain)?;
        let named = !authority.host().is_empty() && !authority.as_str().contains('@');
        named.then(|| Self {
            host: format!(
                "{}:{}",
                authority.host(),
                authority.port_u16().unwrap_or(80)
            ),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }

    /// Asks, within nsqd's limits of time.
    ///
    /// # Errors
    /// Why there is no grant, without the secret.
    pub(super) async fn ask(&self, question: Question<'_>) -> Result<Grant, String> {
        let asking = async {
            let connecting = timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.host)).await;
            let stream = connecting.map_err(|_| "no connection within 2 s".to_owned())?;
            self.exchange(stream.map_err(|error| error.to_string())?, question)
                .await
        };
        let answered = timeout(REQUEST_TIMEOUT, asking).await;
        let answer = answered.unwrap_or_else(|_| Err("no answer within 5 s".to_owned()));
        answer
            .and_then(|body| Grant::parse(&body))
            .map_err(|why| format!("{}: {why}", self.host))
    }

    async fn exchange(&self, stream: TcpStream, question: Question<'_>) -> Result<Bytes, String> {
        let hyper = |error: hyper::Error| error.to_string();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(hyper)?;
        let exchange = async {
            let request = Request::get(format!("{}?{}", self.path, question.query()))
                .header(header::HOST, &self.host)
                .header(header::ACCEPT, "application/vnd.nsq; version=1.0")
                .body(Empty::<Bytes>::new())
                // Its text could show the secret.
                .map_err(|_| "the secret cannot be part of a URL".to_owned())?;
            let response = sender.send_request(request).await.map_err(hyper)?;
            if response.status() != StatusCode::OK {
                return Err(format!("answered {}", response.status()));
            }
            let body = Limited::new(response.into_body(), MAX_ANSWER)
                .collect()
                .await;
            Ok(body.map_err(|error| error.to_string())?.to_bytes())
        };
        tokio::pin!(exchange, connection);
        // The connection does the reading and writing for the exchange.
        tokio::select! {
            answer = &mut exchange => answer,
            ended = &mut connection => {
                ended.map_err(hyper)?;
                exchange.await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_url_is_a_server() {
        for (text, host, path) in [
            ("auth:4180", "auth:4180", "/auth"),
            ("[::1]:80", "[::1]:80", "/auth"),
            ("http://auth/ask", "auth:80", "/ask"),
            ("http://auth:1", "auth:1", "/"),
        ] {
            let (host, path) = (host.to_owned(), path.to_owned());
            assert_eq!(
                Server::parse(text).unwrap(),
                Server { host, path },
                "{text}"
            );
        }
        for text in [
            "",
            "https://auth:1",
            "://",
            "a b",
            "ftp://x",
            "http://me:secret@auth:1",
        ] {
            let error = Server::parse(text).unwrap_err().to_string();
            assert!(error.contains("HOST:PORT"), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
