//! The byte stream below the protocol. TLS and compression belong here and in `handshake`, which
//! starts them.

use tokio::net::TcpStream;

use crate::address::Address;
use crate::error::Error;

/// What a connection reads from and writes to.
pub(crate) type Transport = TcpStream;

/// Opens the stream to the first of the host's addresses that answers.
pub(crate) async fn open(address: &Address) -> Result<Transport, Error> {
    let stream = TcpStream::connect((address.host(), address.port()))
        .await
        .map_err(|error| Error::io("connecting", error))?;
    // Commands are gathered before they are written; what is written should leave at once.
    stream
        .set_nodelay(true)
        .map_err(|error| Error::io("connecting", error))?;
    Ok(stream)
}
