//! The body of MPUB: a count, then as many messages, each with its length.

use bytes::Bytes;

use super::failure::Failure;
use super::input::Ended;
use crate::config::NsqdOptions;

/// Where lengths and bodies come from: a connection, or a request over HTTP.
pub(crate) trait Bodies {
    /// Four bytes as a signed number.
    fn length(&mut self) -> impl Future<Output = Result<i32, Ended>> + Send;
    /// As many bytes, which the caller has found to be a fair number.
    fn body(&mut self, length: usize) -> impl Future<Output = Result<Bytes, Ended>> + Send;
}

/// The messages.
///
/// # Errors
/// What nsqd says, `E_BAD_BODY` or `E_BAD_MESSAGE`, which is the end of a connection.
pub(crate) async fn read_items(
    source: &mut impl Bodies,
    options: &NsqdOptions,
) -> Result<Vec<Bytes>, Failure> {
    let count = source.length().await;
    let count =
        count.map_err(|Ended| Failure::fatal("E_BAD_BODY MPUB failed to read message count"))?;
    // A message has a length of four bytes and at least one byte.
    let most = (i64::from(options.max_body_size) - 4) / 5;
    if count <= 0 || i64::from(count) > most {
        return Err(Failure::fatal(format!(
            "E_BAD_BODY MPUB invalid message count {count}"
        )));
    }
    let mut items = Vec::new();
    for at in 0..count {
        let length = source.length().await.map_err(|Ended| {
            Failure::fatal(format!(
                "E_BAD_MESSAGE MPUB failed to read message({at}) body size"
            ))
        })?;
        let Some(length) = usize::try_from(length).ok().filter(|length| *length > 0) else {
            return Err(Failure::fatal(format!(
                "E_BAD_MESSAGE MPUB invalid message({at}) body size {length}"
            )));
        };
        let limit = options.max_msg_size;
        if length > limit as usize {
            return Err(Failure::fatal(format!(
                "E_BAD_MESSAGE MPUB message too big {length} > {limit}"
            )));
        }
        let body = source.body(length).await;
        items.push(
            body.map_err(|Ended| Failure::fatal("E_BAD_MESSAGE MPUB failed to read message body"))?,
        );
    }
    Ok(items)
}
