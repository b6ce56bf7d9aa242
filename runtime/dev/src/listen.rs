//! Addresses to listen on.

use std::net::SocketAddr;

use tokio::net::{TcpListener, lookup_host};

/// The address that `text` means, if it can be listened on.
///
/// # Errors
/// That it is none, or taken, with the flag that sets it.
pub(crate) async fn address(flag: &str, text: &str) -> Result<SocketAddr, String> {
    bind(flag, text)
        .await?
        .local_addr()
        // A free port is chosen by whoever listens in the end.
        .map(|bound| {
            if text.ends_with(":0") {
                SocketAddr::new(bound.ip(), 0)
            } else {
                bound
            }
        })
        .map_err(|error| cannot(flag, text, &error))
}

/// Listens on `text`, `host:port`.
///
/// # Errors
/// As [`address`].
pub(crate) async fn bind(flag: &str, text: &str) -> Result<TcpListener, String> {
    let mut addresses = lookup_host(text)
        .await
        .map_err(|error| format!("{flag} {text}: write HOST:PORT ({error})"))?;
    let address = addresses
        .next()
        .ok_or_else(|| format!("{flag} {text}: the host has no address"))?;
    TcpListener::bind(address)
        .await
        .map_err(|error| cannot(flag, text, &error))
}

fn cannot(flag: &str, text: &str, error: &std::io::Error) -> String {
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
    let help = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("; {flag} {host}:0 takes a free port"),
        _ => String::new(),
    };
    format!("cannot listen on {text}: {error}{help}")
}

/// A port of this machine that is free now, for a process that is started next.
///
/// # Errors
/// When there is none.
pub(crate) async fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(listener.local_addr()?.port())
}
