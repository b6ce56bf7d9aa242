//! IDENTIFY: what a client asks for, and the terms that come of it.

use std::time::Duration;

use crate::config::NsqdOptions;
use crate::json::Fields;

/// The fields of the request's JSON. 0, empty and false stand for what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) client_id: String,
    pub(crate) hostname: String,
    pub(crate) user_agent: String,
    pub(crate) feature_negotiation: bool,
    heartbeat_interval: i64,
    output_buffer_size: i64,
    output_buffer_timeout: i64,
    sample_rate: i64,
    msg_timeout: i64,
    pub(super) tls_v1: bool,
    pub(super) snappy: bool,
    pub(super) deflate: bool,
    pub(super) deflate_level: i64,
}

impl Wanted {
    /// # Errors
    /// What is wrong with the JSON.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        let fields = Fields::parse(body)?;
        let sample_rate = fields.number("sample_rate")?;
        // Go has 32 bits for it.
        i32::try_from(sample_rate).map_err(|_| "sample_rate: out of range")?;
        Ok(Self {
            client_id: fields.text("client_id")?,
            hostname: fields.text("hostname")?,
            user_agent: fields.text("user_agent")?,
            feature_negotiation: fields.flag("feature_negotiation")?,
            heartbeat_interval: fields.number("heartbeat_interval")?,
            output_buffer_size: fields.number("output_buffer_size")?,
            output_buffer_timeout: fields.number("output_buffer_timeout")?,
            sample_rate,
            msg_timeout: fields.number("msg_timeout")?,
            tls_v1: fields.flag("tls_v1")?,
            snappy: fields.flag("snappy")?,
            deflate: fields.flag("deflate")?,
            deflate_level: fields.number("deflate_level")?,
        })
    }
}

/// What holds for a connection; before IDENTIFY, nsqd's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) buffer_size: usize,
    pub(crate) flush_every: Option<Duration>,
    pub(crate) sample_rate: u8,
    pub(crate) msg_timeout: Duration,
}

impl Terms {
    pub(crate) fn new(options: &NsqdOptions) -> Self {
        Self {
            heartbeat: Some(options.client_timeout / 2),
            buffer_size: 16 * 1024,
            flush_every: Some(options.output_buffer_timeout),
            sample_rate: 0,
            msg_timeout: options.msg_timeout,
        }
    }

    /// # Errors
    /// What is out of range, in nsqd's words.
    pub(crate) fn change(&mut self, wanted: &Wanted, options: &NsqdOptions) -> Result<(), String> {
        let millis = |value: i64| Duration::from_millis(value.unsigned_abs());
        match wanted.heartbeat_interval {
            0 => {}
            -1 => self.heartbeat = None,
            wish if wish >= 1000 && millis(wish) <= options.max_heartbeat_interval => {
                self.heartbeat = Some(millis(wish));
            }
            wish => return Err(format!("heartbeat interval ({wish}) is invalid")),
        }
        match wanted.output_buffer_timeout {
            0 => {}
            -1 => self.flush_every = None,
            wish if wish > 0
                && millis(wish) >= options.min_output_buffer_timeout
                && millis(wish) <= options.max_output_buffer_timeout =>
            {
                self.flush_every = Some(millis(wish));
            }
            wish => return Err(format!("output buffer timeout ({wish}) is invalid")),
        }
        match wanted.output_buffer_size {
            0 => {}
            -1 => {
                self.buffer_size = 1;
                self.flush_every = None;
            }
            wish if (64..=i64::from(options.max_output_buffer_size)).contains(&wish) => {
                self.buffer_size = wish as usize;
            }
            wish => return Err(format!("output buffer size ({wish}) is invalid")),
        }
        match u8::try_from(wanted.sample_rate) {
            Ok(rate) if rate <= 99 => self.sample_rate = rate,
            _ => return Err(format!("sample rate ({}) is invalid", wanted.sample_rate)),
        }
        match wanted.msg_timeout {
            0 => {}
            wish if wish >= 1000 && millis(wish) <= options.max_msg_timeout => {
                self.msg_timeout = millis(wish);
            }
            wish => return Err(format!("msg timeout ({wish}) is invalid")),
        }
        Ok(())
    }
}
