//! The JSON of IDENTIFY and of its reply.

use serde::{Deserialize, Serialize};

/// What a client tells about itself and asks for. A field that is `None` is left to nsqd's default;
/// what nsqd finds out of range closes the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// A name for the client, shown in nsqd's statistics.
    pub client_id: String,
    /// The client's host, shown in nsqd's statistics.
    pub hostname: String,
    /// Program and version, shown in nsqd's statistics.
    pub user_agent: String,
    /// Asks for the JSON reply.
    pub feature_negotiation: bool,
    /// Milliseconds between heartbeats: 1,000 to 60,000, or -1 for none (SUB is refused then).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_interval: Option<i64>,
    /// Bytes nsqd gathers before it writes: 64 to 65,536, or -1 to write each message at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_buffer_size: Option<i64>,
    /// Milliseconds between nsqd's flushes: 25 to 30,000, or -1 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_buffer_timeout: Option<i64>,
    /// Milliseconds until an unanswered message is delivered again: 1,000 to 900,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_timeout: Option<u64>,
    /// Asks for TLS right after the reply.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tls_v1: bool,
    /// Asks for snappy; nsqd refuses it together with deflate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub snappy: bool,
    /// Asks for deflate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deflate: bool,
    /// The level of deflate: 1 to 9, cut to nsqd's `--max-deflate-level`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deflate_level: Option<u32>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What nsqd grants. Every field may be missing, and unknown ones are skipped: releases differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IdentifyReply {
    /// The largest number RDY may have.
    pub max_rdy_count: Option<u32>,
    /// nsqd's version.
    pub version: Option<String>,
    /// The longest a message may stay in flight with touches, in milliseconds.
    pub max_msg_timeout: Option<u64>,
    /// Milliseconds until an unanswered message is delivered again.
    pub msg_timeout: Option<u64>,
    /// Whether TLS starts after this reply.
    pub tls_v1: bool,
    /// Whether deflate starts after this reply.
    pub deflate: bool,
    /// The granted level of deflate.
    pub deflate_level: Option<i64>,
    /// The highest level of deflate.
    pub max_deflate_level: Option<i64>,
    /// Whether snappy starts after this reply.
    pub snappy: bool,
    /// The percentage of messages that is delivered; 0 means all.
    pub sample_rate: Option<i64>,
    /// Whether AUTH is required before SUB and PUB.
    pub auth_required: bool,
    /// Bytes nsqd gathers before it writes.
    pub output_buffer_size: Option<i64>,
    /// Milliseconds between nsqd's flushes.
    pub output_buffer_timeout: Option<i64>,
}

impl IdentifyReply {
    /// Reads the data of the response frame that answers IDENTIFY.
    ///
    /// # Errors
    /// The data is no JSON object, or a known field has another type.
    pub fn parse(data: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_of_nsqd_1_3_0_is_read() {
        let reply = IdentifyReply::parse(
            br#"{"max_rdy_count":2500,"version":"1.3.0","max_msg_timeout":900000,"msg_timeout":60000,
                "tls_v1":false,"deflate":false,"deflate_level":6,"max_deflate_level":6,"snappy":false,
                "sample_rate":0,"auth_required":false,"output_buffer_size":16384,"output_buffer_timeout":250}"#,
        )
        .unwrap();
        assert_eq!(reply.max_rdy_count, Some(2500));
        assert_eq!(reply.msg_timeout, Some(60_000));
        assert_eq!(reply.version.as_deref(), Some("1.3.0"));
    }

    #[test]
    fn unknown_and_missing_fields_do_not_fail() {
        let reply = IdentifyReply::parse(br#"{"topology_zone":"a","max_rdy_count":1}"#).unwrap();
        assert_eq!(reply.max_rdy_count, Some(1));
        assert_eq!(reply.msg_timeout, None);
        assert!(IdentifyReply::parse(b"OK").is_err());
    }

    #[test]
    fn what_is_left_to_the_server_is_not_sent() {
        let identify = Identify {
            client_id: "a".into(),
            hostname: "b".into(),
            user_agent: "c".into(),
            feature_negotiation: true,
            heartbeat_interval: Some(5000),
            output_buffer_size: Some(-1),
            ..Identify::default()
        };
        assert_eq!(
            serde_json::to_string(&identify).unwrap(),
            r#"{"client_id":"a","hostname":"b","user_agent":"c","feature_negotiation":true,"heartbeat_interval":5000,"output_buffer_size":-1}"#
        );
    }
}
