//! What is put over a connection, and the answer to IDENTIFY, which tells of it.

use std::time::Duration;

use serde::Serialize;

use super::identify::{Terms, Wanted};
use crate::VERSION;
use crate::config::NsqdOptions;

/// How a connection is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Snappy,
    Deflate,
}

/// What is only granted to those who negotiate, layer upon layer: TLS, and over it compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layers {
    pub(crate) tls: bool,
    pub(crate) coding: Option<Coding>,
    pub(crate) deflate_level: u32,
}

impl Layers {
    /// `tls` tells whether it can be had.
    ///
    /// # Errors
    /// Both ways to compress at once, in nsqd's words.
    pub(crate) fn agree(
        wanted: &Wanted,
        options: &NsqdOptions,
        tls: bool,
    ) -> Result<Self, &'static str> {
        let (snappy, deflate) = (
            options.snappy && wanted.snappy,
            options.deflate && wanted.deflate,
        );
        let level = u32::try_from(wanted.deflate_level).unwrap_or(0);
        let level = if deflate && level > 0 { level } else { 6 };
        let coding = match (snappy, deflate) {
            (true, true) => return Err("cannot enable both deflate and snappy compression"),
            (true, false) => Some(Coding::Snappy),
            (false, true) => Some(Coding::Deflate),
            (false, false) => None,
        };
        Ok(Self {
            tls: tls && wanted.tls_v1,
            coding,
            deflate_level: level.min(options.max_deflate_level.into()),
        })
    }
}

/// The JSON that answers IDENTIFY.
pub(crate) fn reply(
    terms: &Terms,
    layers: &Layers,
    auth_required: bool,
    options: &NsqdOptions,
) -> Vec<u8> {
    let millis = |duration: Duration| duration.as_millis();
    let reply = Reply {
        max_rdy_count: options.max_rdy_count,
        version: VERSION,
        max_msg_timeout: millis(options.max_msg_timeout),
        msg_timeout: millis(terms.msg_timeout),
        tls_v1: layers.tls,
        deflate: layers.coding == Some(Coding::Deflate),
        deflate_level: layers.deflate_level,
        max_deflate_level: options.max_deflate_level,
        snappy: layers.coding == Some(Coding::Snappy),
        sample_rate: terms.sample_rate,
        auth_required,
        output_buffer_size: terms.buffer_size,
        output_buffer_timeout: terms.flush_every.map_or(0, millis),
    };
    // Numbers, booleans and a constant always serialise.
    serde_json::to_vec(&reply).unwrap_or_default()
}

#[derive(Serialize)]
struct Reply {
    max_rdy_count: u32,
    version: &'static str,
    max_msg_timeout: u128,
    msg_timeout: u128,
    tls_v1: bool,
    deflate: bool,
    deflate_level: u32,
    max_deflate_level: u8,
    snappy: bool,
    sample_rate: u8,
    auth_required: bool,
    output_buffer_size: usize,
    output_buffer_timeout: u128,
}
