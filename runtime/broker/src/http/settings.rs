//! `/config/NAME`: nsqd's flags by name, and the one that can be set while it runs.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::{BodyExt, Collected, Limited};
use hyper::body::Incoming;

use super::reply::{Refusal, Reply};
use crate::clock::nanos;
use crate::hub::Hub;

/// Sets the log level, which is kept and shown; what is logged is decided by the program that the
/// broker runs in. nsqd can be told of other nsqlookupds, too; this one cannot.
pub(super) async fn put(hub: &Hub, name: &str, body: Incoming) -> Result<Reply, Refusal> {
    let most = hub.config.nsqd.max_msg_size as usize;
    let body = Limited::new(body, most).collect().await;
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    if body.is_empty() {
        return Err(Refusal::new(413, "INVALID_VALUE"));
    }
    if name != "log_level" {
        return Err(Refusal::new(400, "INVALID_OPTION"));
    }
    let wish = String::from_utf8_lossy(&body).to_ascii_lowercase();
    let level = LOG_LEVELS.iter().position(|level| *level == wish);
    let level = level.ok_or(Refusal::new(400, "INVALID_VALUE"))?;
    hub.log_level.store(level + 1, Ordering::Relaxed);
    get(hub, name)
}

/// nsqd counts them from 1.
const LOG_LEVELS: [&str; 5] = ["debug", "info", "warn", "error", "fatal"];

/// One setting, as JSON.
pub(super) fn get(hub: &Hub, name: &str) -> Result<Reply, Refusal> {
    let options = &hub.config.nsqd;
    let time = |duration: Duration| nanos(duration);
    let value: i64 = match name {
        "log_level" => hub.log_level.load(Ordering::Relaxed) as i64,
        "id" => options.node_id.into(),
        "mem_queue_size" => i64::try_from(options.mem_queue_size).unwrap_or(i64::MAX),
        "queue_scan_selection_count" => {
            i64::try_from(options.queue_scan_selection_count).unwrap_or(i64::MAX)
        }
        "msg_timeout" => time(options.msg_timeout),
        "max_msg_timeout" => time(options.max_msg_timeout),
        "max_msg_size" => options.max_msg_size.into(),
        "max_body_size" => options.max_body_size.into(),
        "max_req_timeout" => time(options.max_req_timeout),
        "max_heartbeat_interval" => time(options.max_heartbeat_interval),
        "max_rdy_count" => options.max_rdy_count.into(),
        "max_output_buffer_size" => options.max_output_buffer_size.into(),
        "max_output_buffer_timeout" => time(options.max_output_buffer_timeout),
        "min_output_buffer_timeout" => time(options.min_output_buffer_timeout),
        "output_buffer_timeout" => time(options.output_buffer_timeout),
        "max_channel_consumers" => i64::try_from(options.max_channel_consumers).unwrap_or(i64::MAX),
        "max_deflate_level" => options.max_deflate_level.into(),
        "deflate" => return Ok(Reply::json(&options.deflate)),
        "snappy" => return Ok(Reply::json(&options.snappy)),
        "auth_http_addresses" => return Ok(Reply::json(&options.auth_http_addresses)),
        "tls_required" => i64::from(hub.tls_required() as u8),
        _ => return Err(Refusal::new(400, "INVALID_OPTION")),
    };
    Ok(Reply::json(&value))
}
