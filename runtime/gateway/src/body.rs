//! Reading a request's body, within bounds of size and time.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::admission::Ticket;
use crate::limits::Limits;
use crate::reject::{Kind, Reject};

/// How much of a refused body is read and dropped, and for how long.
const LINGER: (usize, Duration) = (8 * 1024 * 1024, Duration::from_secs(2));

/// Reads a whole body. The ticket pays for every piece as it arrives.
///
/// # Errors
/// [`Kind::TooLarge`] and [`Kind::TooMany`] when too much is waiting already, before anything is
/// read where the length was announced; [`Kind::BodyTimeout`]; [`Kind::Malformed`] when the body
/// ends early or its chunks are none.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: &mut Incoming,
    ticket: &mut Ticket,
    limits: &Limits,
) -> Result<Bytes, Reject> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let announced: usize = announced.unwrap_or_default();
    if announced > limits.body {
        return Err(too_large(limits.body));
    }
    ticket.has_room(announced, limits)?;
    let collected = collect(body, announced, ticket, limits);
    match tokio::time::timeout(limits.body_timeout, collected).await {
        Ok(result) => result,
        Err(_) => Err(Reject::new(
            Kind::BodyTimeout,
            "the body took too long to arrive",
        )),
    }
}

async fn collect(
    body: &mut Incoming,
    announced: usize,
    ticket: &mut Ticket,
    limits: &Limits,
) -> Result<Bytes, Reject> {
    let limit = limits.body;
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Reject::new(Kind::Malformed, "the body is broken or ends early");
        // Trailers belong to the connection: they are dropped.
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        if data.len() > limit - whole.len() {
            return Err(too_large(limit));
        }
        ticket.take_bytes(data.len(), limits)?;
        append(&mut whole, &data, announced);
    }
    Ok(whole.into())
}

/// Appends a piece. Room doubles as it is needed, never for more than was announced: a body takes
/// what it is large, and a caller who only announces one takes nothing.
fn append(whole: &mut Vec<u8>, piece: &[u8], announced: usize) {
    if piece.len() > whole.capacity() - whole.len() {
        let to_come = announced.saturating_sub(whole.len());
        whole.reserve_exact(whole.len().min(to_come).max(piece.len()));
    }
    whole.extend_from_slice(piece);
}

fn too_large(limit: usize) -> Reject {
    Reject::new(
        Kind::TooLarge,
        format!("the body is larger than {limit} bytes"),
    )
}

/// Reads on for a while and drops what comes, so that a client that is still sending gets to read
/// its answer: a socket closed over unread bytes is reset, and a reset takes the answer along.
pub(crate) async fn linger(mut body: Incoming) {
    let (mut left, time) = LINGER;
    let drain = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else {
                break;
            };
            left = rest;
        }
    };
    // Out of time or not, the body is dropped here.
    let _ = tokio::time::timeout(time, drain).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever was announced: all of it is there, in as much room as it needs, or twice that
        /// where nothing true was said.
        #[test]
        fn a_body_takes_what_it_is_large(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
            honest: bool, announced in 0_usize..20_000,
        ) {
            let all = pieces.concat();
            let announced = if honest { all.len() } else { announced };
            let mut whole = Vec::new();
            for piece in &pieces {
                append(&mut whole, piece, announced);
            }
            prop_assert_eq!(&whole, &all);
            let most = if honest { all.len() } else { 2 * all.len() };
            prop_assert!(whole.capacity() <= most, "{} for {}", whole.capacity(), all.len());
        }
    }
}
