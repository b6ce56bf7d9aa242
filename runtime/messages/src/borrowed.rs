//! HTTP messages written straight from borrowed parts: the bytes of an [`HttpRequest`] or
//! [`HttpResponse`] without one being made first, whose maps and strings cost more than all the rest.

use std::borrow::Cow;

use bytes::Bytes;
use prost::Name;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::request::METHOD_HEADER;
use crate::{Any, HttpRequest, HttpResponse};

/// The parts of an [`HttpRequest`], but for its headers.
#[derive(Debug, Clone, Copy)]
pub struct BorrowedRequest<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// Path and query as received.
    pub url: &'a str,
    /// The host the request was sent to.
    pub host: &'a str,
    /// Address of the client.
    pub remote_addr: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

/// One header: its name in lower case, and its value.
type Line<'a> = (&'a str, &'a [u8]);

impl BorrowedRequest<'_> {
    /// What [`HttpRequest::set_headers`] and [`Any::pack`] would make of it. Lines of one name stand
    /// together in `headers`, as a header map gives them, and none is [`METHOD_HEADER`]. They are
    /// asked for three times.
    pub fn pack<'a, I>(&self, headers: impl Fn() -> I) -> Any
    where
        I: Iterator<Item = Line<'a>>,
    {
        let texts = self.url.len() + self.host.len() + self.remote_addr.len();
        let method = 2 * self.method.len() + METHOD_HEADER.len();
        let mut out = Vec::with_capacity(room(headers()) + texts + method + self.body.len());
        field(&mut out, 1, self.url.as_bytes());
        map(&mut out, headers());
        if !self.method.is_empty() {
            let name = METHOD_HEADER.as_bytes();
            entry(&mut out, name, self.method.as_bytes());
        }
        field(&mut out, 3, self.body);
        field(&mut out, 4, self.method.as_bytes());
        lines(&mut out, 5, headers());
        field(&mut out, 6, self.host.as_bytes());
        field(&mut out, 7, self.remote_addr.as_bytes());
        Any {
            type_url: HttpRequest::type_url(),
            value: Bytes::from(out),
        }
    }
}

/// The parts of an [`HttpResponse`], but for its headers.
#[derive(Debug, Clone, Copy)]
pub struct BorrowedResponse<'a> {
    /// Status code.
    pub status: u16,
    /// The whole body.
    pub body: &'a [u8],
}

impl BorrowedResponse<'_> {
    /// As [`BorrowedRequest::pack`].
    pub fn pack<'a, I>(&self, headers: impl Fn() -> I) -> Any
    where
        I: Iterator<Item = Line<'a>>,
    {
        let mut out = Vec::with_capacity(room(headers()) + self.body.len());
        if self.status != 0 {
            encode_key(1, WireType::Varint, &mut out);
            encode_varint(u64::from(self.status), &mut out);
        }
        map(&mut out, headers());
        field(&mut out, 3, self.body);
        lines(&mut out, 4, headers());
        Any {
            type_url: HttpResponse::type_url(),
            value: Bytes::from(out),
        }
    }
}

/// Enough for headers in both their forms, and for the frame of all other fields, as a rule: so that
/// nothing is moved while it is written.
fn room<'a>(headers: impl Iterator<Item = Line<'a>>) -> usize {
    /// Keys and lengths of a header in both its forms.
    const FRAME: usize = 16;
    let headers = headers.map(|(name, value)| 2 * (name.len() + value.len()) + FRAME);
    headers.sum::<usize>() + 4 * FRAME
}

/// The map of headers.
fn map<'a>(out: &mut Vec<u8>, headers: impl Iterator<Item = Line<'a>>) {
    joined(headers, |name, value| {
        entry(out, name.as_bytes(), value.as_bytes());
    });
}

/// The repeated form of headers.
fn lines<'a>(out: &mut Vec<u8>, tag: u32, headers: impl Iterator<Item = Line<'a>>) {
    for (name, value) in headers {
        pair(out, tag, name.as_bytes(), value);
    }
}

/// Hands on the lines as [`join`](crate::join) would make one of those of a name.
fn joined<'a>(lines: impl Iterator<Item = Line<'a>>, mut to: impl FnMut(&str, &str)) {
    let mut lines = lines.peekable();
    while let Some((name, value)) = lines.next() {
        let mut whole = String::from_utf8_lossy(value);
        while let Some((_, more)) = lines.next_if(|(other, _)| *other == name) {
            if let Some(between) = crate::headers::between(name) {
                let whole = Cow::to_mut(&mut whole);
                whole.push_str(between);
                whole.push_str(&String::from_utf8_lossy(more));
            }
        }
        to(name, &whole);
    }
}

/// An entry of the map of headers.
fn entry(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    pair(out, 2, name, value);
}

/// A message with these two fields.
fn pair(out: &mut Vec<u8>, tag: u32, name: &[u8], value: &[u8]) {
    let size = size_of_field(name.len()) + size_of_field(value.len());
    begin(out, tag, size);
    field(out, 1, name);
    field(out, 2, value);
}

/// A field of text or bytes; one that is empty is left out.
fn field(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    if !value.is_empty() {
        begin(out, tag, value.len());
        out.extend_from_slice(value);
    }
}

/// What stands before a value of this length.
fn begin(out: &mut Vec<u8>, tag: u32, length: usize) {
    let key = tag << 3 | WireType::LengthDelimited as u32;
    varint(key.into(), out);
    varint(length as u64, out);
}

/// A number in one byte where it fits, as nearly all here do.
fn varint(number: u64, out: &mut Vec<u8>) {
    match u8::try_from(number) {
        Ok(byte) if byte < 0x80 => out.push(byte),
        _ => encode_varint(number, out),
    }
}

/// The size of a [`field`] whose tag is below 16.
fn size_of_field(length: usize) -> usize {
    match length {
        0 => 0,
        _ => 1 + prost::length_delimiter_len(length) + length,
    }
}
