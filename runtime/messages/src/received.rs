//! HTTP messages as who receives them reads them: the bytes of a header stay where they are, since
//! each is looked at once, and one of the two forms of headers not at all.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::{Message, Name};

use crate::request::{METHOD_HEADER, method_or_guess};
use crate::{HttpRequest, HttpResponse};

/// A header. An entry of the map is the same on the wire.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ReceivedHeader {
    /// As the sender wrote it.
    #[prost(bytes = "bytes", tag = "1")]
    pub name: Bytes,
    /// Any bytes.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// An [`HttpRequest`].
#[derive(Clone, PartialEq, Message)]
pub struct ReceivedRequest {
    /// Path and query.
    #[prost(string, tag = "1")]
    pub url: String,
    #[prost(message, repeated, tag = "2")]
    map: Vec<ReceivedHeader>,
    /// The whole body.
    #[prost(bytes = "bytes", tag = "3")]
    pub body: Bytes,
    #[prost(string, tag = "4")]
    method: String,
    #[prost(message, repeated, tag = "5")]
    header: Vec<ReceivedHeader>,
    /// The host the request was sent to.
    #[prost(string, tag = "6")]
    pub host: String,
    /// Address of the client.
    #[prost(string, tag = "7")]
    pub remote_addr: String,
}

/// An [`HttpResponse`].
#[derive(Clone, PartialEq, Message)]
pub struct ReceivedResponse {
    /// Status code; 0 means 200.
    #[prost(int32, tag = "1")]
    pub status: i32,
    #[prost(message, repeated, tag = "2")]
    map: Vec<ReceivedHeader>,
    /// The whole body.
    #[prost(bytes = "bytes", tag = "3")]
    pub body: Bytes,
    #[prost(message, repeated, tag = "4")]
    header: Vec<ReceivedHeader>,
}

impl ReceivedRequest {
    /// As [`HttpRequest::method_or_guess`].
    pub fn method_or_guess(&self) -> &[u8] {
        let entries = self
            .map
            .iter()
            .map(|entry| (&entry.name[..], &entry.value[..]));
        method_or_guess(self.method.as_bytes(), entries, self.body.is_empty())
    }

    /// As [`HttpRequest::take_headers`].
    pub fn take_headers(&mut self) -> Vec<ReceivedHeader> {
        let mut headers = combined(&mut self.header, &mut self.map);
        headers.retain(|header| !header.name.eq_ignore_ascii_case(METHOD_HEADER.as_bytes()));
        headers
    }
}

impl ReceivedResponse {
    /// As [`HttpResponse::take_headers`].
    pub fn take_headers(&mut self) -> Vec<ReceivedHeader> {
        combined(&mut self.header, &mut self.map)
    }
}

/// The repeated form where it is filled, else the map: the last entry of each name, by name.
fn combined(
    repeated: &mut Vec<ReceivedHeader>,
    map: &mut Vec<ReceivedHeader>,
) -> Vec<ReceivedHeader> {
    if !repeated.is_empty() {
        return std::mem::take(repeated);
    }
    let map = map.drain(..).map(|entry| (entry.name, entry.value));
    let map: BTreeMap<_, _> = map.collect();
    let header = |(name, value)| ReceivedHeader { name, value };
    map.into_iter().map(header).collect()
}

/// Received and sent form go by one name.
macro_rules! named {
    ($received:ty as $sent:ty) => {
        impl Name for $received {
            const NAME: &'static str = <$sent>::NAME;
            const PACKAGE: &'static str = <$sent>::PACKAGE;

            fn full_name() -> String {
                <$sent>::full_name()
            }

            fn type_url() -> String {
                <$sent>::type_url()
            }
        }
    };
}

named!(ReceivedRequest as HttpRequest);
named!(ReceivedResponse as HttpResponse);
