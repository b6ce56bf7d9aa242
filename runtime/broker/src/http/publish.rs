//! `/pub` and `/mpub`.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use kubefuncs_nsq_proto::Topic;

use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::hub::Hub;
use crate::memory::Charge;
use crate::wire::{Bodies, Ended, read_items};

type Outcome = Result<Reply, Refusal>;

pub(super) async fn one(
    hub: &Hub,
    query: Result<Query, Refusal>,
    headers: &HeaderMap,
    body: Incoming,
) -> Outcome {
    let limit = hub.config.nsqd.max_msg_size;
    let (body, _received) = read(hub, headers, body, limit, "MSG_TOO_BIG").await?;
    if body.is_empty() {
        return Err(Refusal::new(400, "MSG_EMPTY"));
    }
    let query = query?;
    let topic = create(hub, &query).await?;
    let mut defer = Duration::ZERO;
    if let Some(millis) = query.get("defer") {
        let longest = hub.config.nsqd.max_req_timeout;
        let wish = millis.parse().ok().map(Duration::from_millis);
        let wish = wish.filter(|wish| *wish <= longest);
        defer = wish.ok_or(Refusal::new(400, "INVALID_DEFER"))?;
    }
    store(hub, &topic, vec![body], defer).await
}

pub(super) async fn many(
    hub: &Hub,
    query: Result<Query, Refusal>,
    headers: &HeaderMap,
    body: Incoming,
) -> Outcome {
    let limit = hub.config.nsqd.max_body_size;
    if declared(headers).is_some_and(|length| length > u64::from(limit)) {
        return Err(Refusal::new(413, "BODY_TOO_BIG"));
    }
    let query = query?;
    let topic = create(hub, &query).await?;
    let (body, _received) = read(hub, headers, body, limit, "BODY_TOO_BIG").await?;
    // Whatever is not understood means yes.
    let binary = query.get("binary").is_some() && query.flag("binary") != Some(false);
    let bodies = if binary {
        let items = read_items(&mut Whole(body), &hub.config.nsqd).await;
        items.map_err(|failure| Refusal::new(413, failure.http_code()))?
    } else {
        lines(&body, hub.config.nsqd.max_msg_size as usize)?
    };
    store(hub, &topic, bodies, Duration::ZERO).await
}

fn lines(body: &Bytes, limit: usize) -> Result<Vec<Bytes>, Refusal> {
    let lines = body.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty()).map(|line| {
        if line.len() > limit {
            return Err(Refusal::new(413, "MSG_TOO_BIG"));
        }
        // A copy: a line must not keep the whole body in memory.
        Ok(Bytes::copy_from_slice(line))
    });
    lines.collect()
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The body, `limit` bytes at most, and what it is counted as until it is stored.
async fn read(
    hub: &Hub,
    headers: &HeaderMap,
    body: Incoming,
    limit: u32,
    too_big: &'static str,
) -> Result<(Bytes, Charge), Refusal> {
    if declared(headers).is_some_and(|length| length > u64::from(limit)) {
        return Err(Refusal::new(413, too_big));
    }
    let mut body = Limited::new(body, limit as usize);
    let mut received = hub.receiving.charge(0);
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(Refusal::new(413, too_big));
            }
            Err(_) => return Err(Refusal::new(500, "INTERNAL_ERROR")),
        };
        if !received.grow(frame.len()) {
            return Err(Refusal::new(503, "EXITING"));
        }
        bytes.extend_from_slice(&frame);
    }
    Ok((bytes.freeze(), received))
}

async fn create(hub: &Hub, query: &Query) -> Result<Topic, Refusal> {
    let topic = query.topic("INVALID_TOPIC")?;
    let made = hub.ensure_topic(&topic).await;
    made.map_err(|_| Refusal::new(503, "EXITING"))?;
    Ok(topic)
}

async fn store(hub: &Hub, topic: &Topic, bodies: Vec<Bytes>, defer: Duration) -> Outcome {
    let stored = hub.publish(topic, bodies, defer).await;
    stored.map_err(|_| Refusal::new(503, "EXITING"))?;
    Ok(Reply::text("OK"))
}

/// A body that is all here.
struct Whole(Bytes);

impl Bodies for Whole {
    async fn length(&mut self) -> Result<i32, Ended> {
        self.0.try_get_i32().map_err(|_| Ended)
    }

    async fn body(&mut self, length: usize) -> Result<Bytes, Ended> {
        let body = self.0.get(..length).ok_or(Ended)?;
        let body = Bytes::copy_from_slice(body);
        self.0.advance(length);
        Ok(body)
    }
}
