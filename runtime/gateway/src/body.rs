//! Reading a request's body, within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::admission::Ticket;
use crate::limits::Limits;
use crate::reject::{Kind, Reject};

/// How much of a refused body is read and dropped, and for how long.
const LINGER: (usize, Duration) = (8 * 1024 * 1024, Duration::from_secs(2));

/// Reads a whole body. The ticket pays for every piece as it arrives.
///
/// # Errors
/// [`Kind::TooLarge`], before anything is read where the length was announced;
/// [`Kind::BodyTimeout`]; [`Kind::TooMany`] when too much is waiting already;
/// [`Kind::Malformed`] when the body ends early or its chunks are none.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: &mut Incoming,
    ticket: &mut Ticket,
    limits: &Limits,
) -> Result<Bytes, Reject> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limits.body as u64) {
        return Err(too_large(limits.body));
    }
    match tokio::time::timeout(limits.body_timeout, collect(body, ticket, limits)).await {
        Ok(result) => result,
        Err(_) => Err(Reject::new(
            Kind::BodyTimeout,
            "the body took too long to arrive",
        )),
    }
}

async fn collect(
    body: &mut Incoming,
    ticket: &mut Ticket,
    limits: &Limits,
) -> Result<Bytes, Reject> {
    let limit = limits.body;
    let mut whole = BytesMut::new();
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
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
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
