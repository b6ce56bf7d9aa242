//! IDENTIFY: what a client asks for, and the terms that come of it.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::config::NsqdOptions;

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
    /// Reads JSON as Go does: names in any case, `null` for nothing, unknown fields skipped, and no
    /// number that is a float or a string.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let entries: Entries = serde_json::from_str(&text).ok()?;
        let mut wanted = Self::default();
        for (name, value) in entries.0 {
            if !value.is_null() {
                wanted.set(&name.to_ascii_lowercase(), &value)?;
            }
        }
        Some(wanted)
    }

    fn set(&mut self, name: &str, value: &Value) -> Option<()> {
        let text = || value.as_str().map(str::to_owned);
        match name {
            "client_id" => self.client_id = text()?,
            "hostname" => self.hostname = text()?,
            "user_agent" => self.user_agent = text()?,
            "feature_negotiation" => self.feature_negotiation = value.as_bool()?,
            "tls_v1" => self.tls_v1 = value.as_bool()?,
            "snappy" => self.snappy = value.as_bool()?,
            "deflate" => self.deflate = value.as_bool()?,
            "deflate_level" => self.deflate_level = value.as_i64()?,
            "heartbeat_interval" => self.heartbeat_interval = value.as_i64()?,
            "output_buffer_size" => self.output_buffer_size = value.as_i64()?,
            "output_buffer_timeout" => self.output_buffer_timeout = value.as_i64()?,
            "sample_rate" => self.sample_rate = i32::try_from(value.as_i64()?).ok()?.into(),
            "msg_timeout" => self.msg_timeout = value.as_i64()?,
            _ => {}
        }
        Some(())
    }
}

/// An object's fields in order, repeated ones too; or `null`.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Entries, E> {
                Ok(Entries(Vec::new()))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_any(Reader)
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
