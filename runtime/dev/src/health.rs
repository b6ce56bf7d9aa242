//! Whether a function is ready, asked as a cluster would.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Between two questions.
const INTERVAL: Duration = Duration::from_millis(50);
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Ends when `path` on the port answers 200 to 399; never without a port.
pub(crate) async fn ready(port: Option<u16>, path: String) {
    let Some(port) = port else {
        return std::future::pending().await;
    };
    while !matches!(
        timeout(PATIENCE, ask(port, &path)).await,
        Ok(Some(200..400))
    ) {
        sleep(INTERVAL).await;
    }
}

/// The status of an answer.
async fn ask(port: u16, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    // The same question as the rendered probe's: our functions tell readiness by the query.
    let request = format!(
        "GET {path}?ready=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.ok()?;
    let status = std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.")?;
    status.get(2..5)?.parse().ok()
}
