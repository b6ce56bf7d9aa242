//! Which route a request takes: the longest path prefix, then the host, then the method.
//!
//! Pure and deterministic: the order of the configuration does not matter.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use kubefuncs::Topic;

use crate::cors::Cors;
use crate::path::{self, PathFault};

/// When a caller gets 202 and a place to ask instead of the function's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Async {
    /// Never: `Prefer: respond-async` is passed over.
    #[default]
    Never,
    /// When it sends `Prefer: respond-async`.
    Asked,
    /// Always.
    Always,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Only requests for this host, in lower case and without a port; `None` takes any.
    pub host: Option<String>,
    /// Only these methods; `None` takes any.
    pub methods: Option<Vec<Method>>,
    /// The topic the function consumes.
    pub topic: Topic,
    /// How long the caller waits for the answer.
    pub timeout: Duration,
    /// Whether the answer may be 202.
    pub respond_async: Async,
    /// Whether a request that a broker may have lost can be sent again.
    pub idempotent: bool,
    /// Which web pages of other origins may call.
    pub cors: Option<Arc<Cors>>,
    /// The file with the tokens of which a caller has to show one.
    pub token_file: Option<PathBuf>,
}

impl Route {
    /// Any request, with the usual timeout.
    #[must_use]
    pub fn to(topic: Topic) -> Self {
        Self {
            host: None,
            methods: None,
            topic,
            timeout: kubefuncs::timeout::DEFAULT,
            respond_async: Async::Never,
            idempotent: false,
            cors: None,
            token_file: None,
        }
    }

    fn takes_host(&self, host: &str) -> bool {
        self.host
            .as_deref()
            .is_none_or(|own| own.eq_ignore_ascii_case(host))
    }

    fn takes_method(&self, method: &Method) -> bool {
        self.methods.as_ref().is_none_or(|own| own.contains(method))
    }

    /// Whether some request could take either.
    fn overlaps(&self, other: &Self) -> bool {
        let methods = match (&self.methods, &other.methods) {
            (Some(ours), Some(theirs)) => ours.iter().any(|method| theirs.contains(method)),
            _ => true,
        };
        self.host == other.host && methods
    }
}

/// Why a route cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteFault {
    /// No request could ever have this path.
    #[error("`{0}` can never match a request: {1}")]
    Path(String, PathFault),
    /// The prefix has a query or a fragment.
    #[error("`{0}` must be a path only: leave out `?` and `#`")]
    NotAPath(String),
    /// Another route has the same path, the same host and a common method.
    #[error("`{0}` has two routes for the same host and method: remove one of them")]
    Conflict(String),
}

/// The outcome of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match<'a> {
    /// The route to take.
    Route(&'a Route),
    /// The path and host have routes, but none with this method; these are theirs.
    MethodNotAllowed(&'a [Route]),
    /// Nothing claims this path and host.
    None,
}

/// All routes of a gateway.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    /// By decoded prefix without its trailing slash (so `/` is the empty one). The routes of
    /// one prefix: those with a host first.
    by_prefix: BTreeMap<Vec<u8>, Vec<Route>>,
    /// Length of the longest prefix: a path is never searched beyond it, however long it is.
    longest: usize,
}

impl RouteTable {
    /// Adds a route under `prefix`. `/test` and `/test/` are the same prefix.
    ///
    /// # Errors
    /// [`RouteFault`] if the prefix could never match, or matches what another route has.
    pub fn add(&mut self, prefix: &str, route: Route) -> Result<(), RouteFault> {
        if prefix.contains(['?', '#']) {
            return Err(RouteFault::NotAPath(prefix.to_owned()));
        }
        let decoded =
            path::decode(prefix).map_err(|fault| RouteFault::Path(prefix.to_owned(), fault))?;
        let key = decoded.strip_suffix(b"/").unwrap_or(&decoded).to_vec();
        self.longest = self.longest.max(key.len());
        let routes = self.by_prefix.entry(key).or_default();
        if routes.iter().any(|other| route.overlaps(other)) {
            return Err(RouteFault::Conflict(prefix.to_owned()));
        }
        let place = if route.host.is_some() {
            0
        } else {
            routes.len()
        };
        routes.insert(place, route);
        Ok(())
    }

    /// Finds the route of a request.
    ///
    /// `path` is as [`path::decode`] gives it, `host` has no port. The longest prefix that has
    /// a route for the host decides alone: where its methods do not fit, no shorter prefix is
    /// tried, so a route owns everything below it. At one prefix, a route that names the host
    /// goes before one that takes any.
    #[must_use]
    pub fn find(&self, method: &Method, host: &str, path: &[u8]) -> Match<'_> {
        let mut end = path.len();
        // A prefix ends where a segment does: cut the path at its slashes, last one first.
        loop {
            if end <= self.longest
                && let Some(routes) = self.by_prefix.get(&path[..end])
                && routes.iter().any(|route| route.takes_host(host))
            {
                let mut ours = routes.iter().filter(|route| route.takes_host(host));
                return ours
                    .find(|route| route.takes_method(method))
                    .map_or(Match::MethodNotAllowed(routes), Match::Route);
            }
            match path[..end].iter().rposition(|&b| b == b'/') {
                Some(slash) => end = slash,
                None => return Match::None,
            }
        }
    }

    /// The methods that `host` may use where `routes` are all there is, sorted and without
    /// repeats: the value of an `Allow` header.
    #[must_use]
    pub fn allowed(routes: &[Route], host: &str) -> String {
        let mut names: Vec<&str> = routes
            .iter()
            .filter(|route| route.takes_host(host))
            .flat_map(|route| route.methods.iter().flatten())
            .map(Method::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    /// All routes, in the order of their prefixes.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.by_prefix.values().flatten()
    }

    /// The longest time any caller waits; zero where there are no routes.
    #[must_use]
    pub fn longest_timeout(&self) -> Duration {
        let times = self.iter().map(|route| route.timeout);
        times.max().unwrap_or_default()
    }

    /// How many routes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_prefix.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_prefix.is_empty()
    }
}

#[cfg(test)]
mod tests;
