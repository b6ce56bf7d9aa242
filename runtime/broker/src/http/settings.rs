//! `/config/NAME`: nsqd's flags by name.

use std::time::Duration;

use super::reply::{Refusal, Reply};
use crate::clock::nanos;
use crate::config::NsqdOptions;

/// One setting, as JSON.
pub(super) fn get(options: &NsqdOptions, name: &str) -> Result<Reply, Refusal> {
    let time = |duration: Duration| nanos(duration);
    let value: i64 = match name {
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
        "deflate" | "snappy" => return Ok(Reply::json(&false)),
        _ => return Err(Refusal::new(400, "INVALID_OPTION")),
    };
    Ok(Reply::json(&value))
}
