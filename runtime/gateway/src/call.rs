//! A request that has found its route.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use hyper::body::{Body, Incoming};
use kubefuncs::{CallOptions, Raw};

use crate::admission::Ticket;
use crate::backend::Backend;
use crate::limits::Limits;
use crate::reject::{Kind, Reject};
use crate::route::{Async, Route};
use crate::service::{Asked, Service};
use crate::topic::TopicState;
use crate::trip::{Side, Trip};
use crate::{body, exchange};

/// A call that has waited for so long, or half of its time, is a reason to ask the brokers whether
/// anybody serves its topic: at its deadline that is known.
const DOUBT: Duration = Duration::from_secs(2);

/// A request that is ready for its function.
pub(crate) struct Ready {
    pub(crate) request: Raw,
    pub(crate) options: CallOptions,
    /// Whether its caller does not wait.
    pub(crate) respond_async: bool,
    /// What it has taken.
    ticket: Ticket,
}

impl<B: Backend> Service<B> {
    /// Checks what the head tells, and reads the body.
    pub(crate) async fn prepare(
        &self,
        asked: &Asked<'_>,
        route: &Route,
        topic: &TopicState,
        body: &mut Incoming,
        trip: &mut Trip,
    ) -> Result<Ready, Reject> {
        let (active, headers) = (asked.active, &asked.parts.headers);
        let tokens = active.tokens(route);
        if let Some(tokens) = &tokens {
            tokens.check(headers)?;
        }
        if !self.backend.is_ready() {
            let reason = "no broker can carry an answer right now";
            return Err(Reject::new(Kind::Unavailable, reason));
        }
        let respond_async = match route.respond_async {
            Async::Never => false,
            Async::Asked => exchange::prefers_async(headers),
            Async::Always => true,
        };
        if respond_async {
            self.has_room(topic, &active.limits)?;
        } else if topic.admit().is_err() {
            // Not on the word of a moment ago: somebody may be back.
            let place = Ticket::new(&self.load, &topic.load);
            let (limits, patience) = (&active.limits, route.timeout);
            trip.waits_for(Side::Function);
            // In a box: few requests need that room.
            Box::pin(topic.ask_again(&self.backend, place, limits, patience)).await;
            trip.goes_on();
            topic.admit()?;
        }
        let mut ticket = Ticket::new(&self.load, &topic.load);
        if !body.is_end_stream() {
            trip.waits_for(Side::Caller);
        }
        let body = body::read(headers, body, &mut ticket, &active.limits).await;
        trip.goes_on();
        let body = body?;
        trip.bytes = body.len();
        ticket.take_call(&active.limits)?;
        let caller = exchange::Caller {
            peer: asked.peer,
            id: asked.id,
            trace: trip.trace(),
            is_authorized: tokens.is_some(),
        };
        let method = &asked.parts.method;
        Ok(Ready {
            request: exchange::request(method, &asked.target, headers, &caller, &body),
            options: exchange::options(route, trip.trace(), asked.id),
            respond_async,
            ticket,
        })
    }

    /// Has the function answer.
    pub(crate) async fn call(
        &self,
        route: &Route,
        topic: &TopicState,
        ready: Ready,
        limits: &Limits,
        trip: &mut Trip,
    ) -> Result<Response<Bytes>, Reject> {
        trip.waits_for(Side::Function);
        let answer = self.ask(route, topic, ready.request, ready.options).await;
        trip.goes_on();
        let (head, body) = exchange::response(answer?)?.into_parts();
        Ok(Response::from_parts(head, ready.ticket.hold(body, limits)?))
    }

    /// Calls the function, and learns from how that ends whether anybody is there.
    async fn ask(
        &self,
        route: &Route,
        topic: &TopicState,
        request: Raw,
        options: CallOptions,
    ) -> Result<kubefuncs::HttpResponse, Reject> {
        let name = route.topic.as_str();
        // Large, and moved once instead of with everything that waits for it.
        let mut call = Box::pin(self.backend.call(name, request, options));
        let doubt = DOUBT.min(route.timeout / 2);
        let outcome = match tokio::time::timeout(doubt, call.as_mut()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                topic.watch(&self.backend);
                call.await
            }
        };
        match &outcome {
            Ok(_) => topic.answered(),
            Err(reject) => match reject.kind() {
                Kind::Function | Kind::BadReply => topic.answered(),
                Kind::Timeout => topic.timed_out(),
                _ => (),
            },
        }
        outcome
    }
}
