//! Requests that nobody waits for: taken when a broker has them, and what becomes of them told to
//! whoever asks.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response};

use crate::accepted::Known;
use crate::backend::Backend;
use crate::call::Ready;
use crate::limits::Limits;
use crate::live::Active;
use crate::reject::{Kind, Reject};
use crate::request_id::RequestId;
use crate::route::Route;
use crate::service::{Asked, Service};
use crate::topic::TopicState;
use crate::trip::{Side, Trip};
use crate::{cors, exchange, status};

impl<B: Backend> Service<B> {
    /// Whether a topic takes more that nobody waits for.
    ///
    /// # Errors
    /// [`Kind::QueueFull`]: as many messages wait as may, by the word of the brokers, or, where
    /// they tell nothing, as many of ours are not over.
    pub(crate) fn has_room(&self, topic: &TopicState, limits: &Limits) -> Result<(), Reject> {
        let sight = topic.watch(&self.backend);
        let told = sight
            .depth
            .map(|depth| usize::try_from(depth).unwrap_or(usize::MAX));
        if told.unwrap_or_else(|| topic.unfinished()) < limits.depth {
            return Ok(());
        }
        Err(Reject::new(
            Kind::QueueFull,
            "too many messages wait in this topic already",
        ))
    }

    /// Hands a request to a broker and answers 202 when it has it.
    pub(crate) async fn submit(
        &self,
        asked: &Asked<'_>,
        route: &Route,
        topic: &TopicState,
        ready: Ready,
        trip: &mut Trip,
    ) -> Result<Response<Bytes>, Reject> {
        // Not the caller's id: whoever knows this one may ask.
        let id = RequestId::secret()?;
        let name = route.topic.as_str();
        trip.waits_for(Side::Function);
        let Ready {
            request, options, ..
        } = ready;
        let submitted = self.backend.submit(name, request, options).await;
        trip.goes_on();
        let ending = submitted?;
        let known = Known {
            request_id: asked.id.as_str().to_owned(),
            route: Arc::new(route.clone()),
            ended: None,
        };
        self.accepted.insert(&id, known);
        let (accepted, unfinished) = (self.accepted.clone(), topic.unfinished.clone());
        let name = id.clone();
        let waiting = tokio::spawn(async move {
            let ended = ending.await;
            accepted.end(&name, ended);
            drop(unfinished);
        });
        self.accepted.waited_for_by(&id, waiting.abort_handle());
        let mut response = status::accepted(&id, asked.id.as_str());
        if exchange::prefers_async(&asked.parts.headers) {
            let applied = HeaderValue::from_static("respond-async");
            let headers = response.headers_mut();
            headers.insert(exchange::PREFERENCE_APPLIED, applied);
        }
        Ok(response)
    }
}

/// What is known of a request that was answered with 202, for whoever its route lets in.
pub(crate) fn status(
    active: &Active,
    parts: &Parts,
    id: &str,
    known: &Known,
    trip: &mut Trip,
) -> Result<Response<Bytes>, Reject> {
    let route = &known.route;
    if let Some(cors) = &route.cors
        && let Some(wanted) = cors::preflight(&parts.method, &parts.headers)
    {
        return cors::answer(cors, &wanted, &parts.headers);
    }
    trip.enter(route, active.topic(route));
    if let Some(tokens) = active.tokens(route) {
        tokens.check(&parts.headers)?;
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(Reject::method("GET, HEAD"));
    }
    Ok(status::answer(id, known))
}
