//! A route in full, as it stands in the configuration file.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::value::{File, Header, Host, MaxAge, Method, Origin, Timeout, Topic};
use crate::cors::Cors;
use crate::route::{Async, Route};

/// What stands after a prefix where it is a mapping.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with a `topic`")]
pub(super) struct Detail {
    topic: Topic,
    #[serde(default)]
    methods: Option<Vec<Method>>,
    #[serde(default)]
    host: Option<Host>,
    #[serde(default)]
    timeout: Option<Timeout>,
    #[serde(default, rename = "async")]
    respond_async: Async,
    #[serde(default)]
    idempotent: bool,
    #[serde(default)]
    cors: Option<CorsDetail>,
    #[serde(default)]
    auth: Option<Auth>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `bearer`")]
struct Auth {
    bearer: Bearer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with a `file`")]
struct Bearer {
    file: File,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "camelCase",
    expecting = "a mapping with `origins`"
)]
struct CorsDetail {
    origins: Vec<Origin>,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    expose: Vec<Header>,
    #[serde(default)]
    credentials: bool,
    #[serde(default)]
    max_age: Option<MaxAge>,
}

impl Detail {
    /// A route of which only the topic is said.
    pub(super) fn to(topic: Topic) -> Self {
        Self {
            topic,
            methods: None,
            host: None,
            timeout: None,
            respond_async: Async::Never,
            idempotent: false,
            cors: None,
            auth: None,
        }
    }

    /// The route, where its settings go together.
    pub(super) fn into_route(self) -> Result<Route, &'static str> {
        if self.methods.as_ref().is_some_and(Vec::is_empty) {
            return Err("`methods` is empty: leave it out to take any method");
        }
        let methods = self
            .methods
            .map(|all| all.into_iter().map(|m| m.0).collect());
        Ok(Route {
            host: self.host.map(|host| host.0),
            methods,
            timeout: self
                .timeout
                .map_or(kubefuncs::timeout::DEFAULT, |timeout| timeout.0),
            respond_async: self.respond_async,
            idempotent: self.idempotent,
            cors: self
                .cors
                .map(CorsDetail::into_cors)
                .transpose()?
                .map(Arc::new),
            token_file: self.auth.map(|auth| auth.bearer.file.0),
            ..Route::to(self.topic.0)
        })
    }
}

impl CorsDetail {
    fn into_cors(self) -> Result<Cors, &'static str> {
        if self.origins.is_empty() {
            return Err("`origins` is empty: name the pages that may call");
        }
        let origins: Vec<_> = self.origins.into_iter().map(|origin| origin.0).collect();
        if self.credentials && origins.iter().any(|origin| origin == "*") {
            return Err("browsers refuse `credentials` together with `*`: name the origins");
        }
        let names = |headers: Vec<Header>| headers.into_iter().map(|header| header.0).collect();
        Ok(Cors {
            origins,
            headers: names(self.headers),
            expose: names(self.expose),
            credentials: self.credentials,
            max_age: self.max_age.map(|age| age.0),
        })
    }
}

impl<'de> Deserialize<'de> for Async {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl Visitor<'_> for Choice {
            type Value = Async;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false`, or `prefer` for callers that ask")
            }

            fn visit_bool<E: de::Error>(self, always: bool) -> Result<Async, E> {
                Ok(if always { Async::Always } else { Async::Never })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Async, E> {
                match text {
                    "prefer" => Ok(Async::Asked),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

#[cfg(test)]
mod tests;
