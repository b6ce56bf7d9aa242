//! A request from its head until it has its answer, or until nobody is there any more to take one.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Response, Uri, Version};
use kubefuncs::trace::Trace;

use crate::access_log::{self, AccessLog, Line};
use crate::metrics::{ABANDONED, Counted, OfTopic};
use crate::request_id::RequestId;
use crate::trip::Trip;

/// The address at the other end of a connection, as text.
pub(crate) type Peer = Arc<str>;

/// A request whose head was read. Dropped before its answer is there, its caller has gone.
pub(crate) struct Visit<'s> {
    counted: &'s Counted,
    log: Option<&'s AccessLog>,
    pub(crate) peer: Peer,
    pub(crate) id: RequestId,
    pub(crate) parts: Parts,
    pub(crate) trip: Trip,
    /// What the log says of a head that is gone.
    told: Option<Told>,
    noted: bool,
}

/// Where a request went, for the log.
struct Told {
    host: String,
    path: String,
}

impl Told {
    fn of(parts: &Parts) -> Self {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        Self {
            host: parts.uri.host().or(host).unwrap_or_default().to_owned(),
            path: access_log::shown(parts.uri.path()).to_owned(),
        }
    }
}

impl<'s> Visit<'s> {
    pub(crate) fn begin(
        counted: &'s Counted,
        log: Option<&'s AccessLog>,
        peer: Peer,
        parts: Parts,
    ) -> Self {
        Self {
            counted,
            log,
            peer,
            id: RequestId::of(&parts.headers),
            trip: Trip::begin(&parts.method, &parts.headers),
            parts,
            told: None,
            noted: false,
        }
    }

    /// Gives up the head but for what the log and the answer need: any piece of it holds the whole
    /// buffer that it was read into, for as long as the function takes.
    pub(crate) fn let_go(&mut self) {
        self.told = self.log.map(|_| Told::of(&self.parts));
        self.parts.uri = Uri::default();
        let headers = std::mem::take(&mut self.parts.headers);
        if self.trip.cors().is_some() {
            let origins = headers.get_all(ORIGIN).iter();
            let copied =
                origins.filter_map(|origin| HeaderValue::from_bytes(origin.as_bytes()).ok());
            self.parts.headers = copied.map(|origin| (ORIGIN, origin)).collect();
        }
    }

    /// Counts a request that has its answer, and writes it down where it is in the sample.
    pub(crate) fn answered(&mut self, response: &Response<Bytes>, code: Option<&str>) {
        let status = response.status();
        self.noted = true;
        self.trip.end(status.as_u16(), code);
        let (whole, elsewhere) = (self.trip.whole(), self.trip.elsewhere());
        self.counted
            .request(self.trip.topic(), status, whole, elsewhere);
        self.write(status.as_u16(), code, response.body().len());
    }

    fn write(&mut self, status: u16, code: Option<&str>, bytes_out: usize) {
        let Some(log) = self.log.filter(|log| log.wants(self.id.as_str(), status)) else {
            return;
        };
        let Self {
            peer,
            id,
            parts,
            trip,
            told,
            ..
        } = self;
        let told = told.take().unwrap_or_else(|| Told::of(parts));
        let trace = trip.trace().map(Trace::trace_id);
        log.write(&Line {
            time: access_log::now(),
            request_id: id.as_str(),
            trace_id: trace.as_deref(),
            peer,
            protocol: match parts.version {
                Version::HTTP_2 => "HTTP/2",
                Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            method: parts.method.as_str(),
            host: &told.host,
            path: &told.path,
            topic: trip.topic().map_or("", OfTopic::name),
            status,
            code,
            bytes_in: trip.bytes,
            bytes_out,
            seconds: trip.whole().as_secs_f64(),
            function_seconds: trip.function().as_secs_f64(),
        });
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if self.noted {
            return;
        }
        let code = Some("abandoned");
        self.trip.goes_on();
        self.trip.end(ABANDONED, code);
        self.counted.abandoned(self.trip.topic());
        self.write(ABANDONED, code, 0);
    }
}
