//! One hop of a trace.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Trace;
#[cfg(feature = "otlp")]
use super::otlp::{self, Recorded};

/// What a hop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Answers a request from outside.
    Server,
    /// Calls a function and waits.
    Client,
    /// Publishes an event that nobody waits for.
    Producer,
    /// Handles a message.
    Consumer,
}

/// One hop: from its beginning until it is dropped. Told to a collector where the feature `otlp`
/// is on and a collector is set up; otherwise it only hands on what it was given.
#[derive(Debug)]
#[must_use = "a hop ends when this is dropped"]
pub struct Span {
    /// What the next hop is told.
    trace: Option<Trace>,
    #[cfg(feature = "otlp")]
    recorded: Option<Box<Recorded>>,
}

impl Span {
    /// Begins a hop behind `parent`; without one, a trace of its own. `name` is made where it is
    /// told, and must not be made up by callers: `call orders`.
    pub fn begin(kind: SpanKind, parent: Option<Trace>, name: impl FnOnce() -> String) -> Self {
        #[cfg(feature = "otlp")]
        if let Some((trace, recorded)) = otlp::begin(kind, parent.as_ref(), name) {
            return Self {
                trace: Some(trace),
                recorded: Some(recorded),
            };
        }
        #[cfg(not(feature = "otlp"))]
        let _ = (kind, name);
        Self {
            trace: parent,
            #[cfg(feature = "otlp")]
            recorded: None,
        }
    }

    /// Begins the hop of a message that is sent, whose trace is in its metadata or else that of
    /// the handler on this task; the message gets this hop's.
    pub(crate) fn send(
        kind: SpanKind,
        metadata: &mut BTreeMap<String, String>,
        name: impl FnOnce() -> String,
    ) -> Self {
        let parent = Trace::from_metadata(metadata).or_else(Trace::current);
        Self::begin(kind, parent, name).written(metadata)
    }

    /// Begins the hop of a message that is handled; its metadata get this hop's trace.
    pub(crate) fn receive(
        metadata: &mut BTreeMap<String, String>,
        name: impl FnOnce() -> String,
    ) -> Self {
        Self::begin(SpanKind::Consumer, Trace::from_metadata(metadata), name).written(metadata)
    }

    fn written(self, metadata: &mut BTreeMap<String, String>) -> Self {
        match &self.trace {
            Some(trace) => trace.write(metadata),
            // What is no trace is not handed on as one.
            None => {
                metadata.remove(super::PARENT);
                metadata.remove(super::STATE);
            }
        }
        self
    }

    /// What the next hop is to be told, if there is a trace.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// Says something of it, by a name of OpenTelemetry's such as `http.response.status_code`.
    pub fn set(&mut self, name: &'static str, value: impl Display) {
        #[cfg(feature = "otlp")]
        if let Some(recorded) = &mut self.recorded {
            recorded.set(name, value.to_string());
        }
        #[cfg(not(feature = "otlp"))]
        let _ = (name, value);
    }

    /// Ends it with what came of it.
    pub(crate) fn close<T, E: Display>(&mut self, result: &Result<T, E>) {
        if let Err(error) = result {
            self.fail(error);
        }
    }

    /// Says that it failed.
    pub fn fail(&mut self, reason: impl Display) {
        #[cfg(feature = "otlp")]
        if let Some(recorded) = &mut self.recorded {
            recorded.fail(reason.to_string());
        }
        #[cfg(not(feature = "otlp"))]
        let _ = reason;
    }
}

#[cfg(feature = "otlp")]
impl Drop for Span {
    fn drop(&mut self) {
        if let Some(recorded) = self.recorded.take() {
            otlp::end(*recorded);
        }
    }
}
