//! Whether the server is well.

use std::time::Duration;

use kubefuncs::Function;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::forward::Upstream;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Between two looks while it is not well, so that it is used soon when it is.
const IMPATIENT: Duration = Duration::from_millis(100);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at the server for ever, and tells the function what it sees: while the server is not
/// well, no message is taken.
pub(super) async fn watch(upstream: &Upstream, health: Option<&str>, function: &Function) {
    let mut well: Option<bool> = None;
    loop {
        let seen = match timeout(PATIENCE, look(upstream, health)).await {
            Ok(seen) => seen,
            Err(_) => Err("no answer in time".to_owned()),
        };
        if well != Some(seen.is_ok()) {
            match &seen {
                Ok(()) => tracing::info!("the server is well"),
                Err(why) => tracing::warn!(why, "the server is not well: taking no messages"),
            }
        }
        well = Some(seen.is_ok());
        function.set_available(seen.is_ok());
        match seen {
            Ok(()) => {
                let _ = timeout(INTERVAL, upstream.found_down()).await;
            }
            Err(_) => sleep(IMPATIENT).await,
        }
    }
}

async fn look(upstream: &Upstream, health: Option<&str>) -> Result<(), String> {
    let Some(path) = health else {
        let connected = TcpStream::connect(upstream.address()).await;
        return connected.map(drop).map_err(|error| error.to_string());
    };
    let status = upstream.get(path).await?;
    match status.is_success() || status.is_redirection() {
        true => Ok(()),
        false => Err(format!("{path} answers {status}")),
    }
}
