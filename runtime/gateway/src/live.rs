//! The configuration that requests are answered by, and how another takes its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::auth::Tokens;
use crate::config::Config;
use crate::limits::Limits;
use crate::metrics::Counted;
use crate::route::{Route, RouteTable};
use crate::topic::TopicState;

/// What one request sees from beginning to end, whatever is loaded meanwhile.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) routes: RouteTable,
    pub(crate) limits: Limits,
    /// By name; one for every topic that a route leads to.
    topics: BTreeMap<String, Arc<TopicState>>,
    /// By path; one for every file that a route names.
    tokens: BTreeMap<PathBuf, Arc<Tokens>>,
}

impl Active {
    /// The state of a route's topic. Every route of the table has one; one of another table may
    /// have none.
    pub(crate) fn topic(&self, route: &Route) -> Option<&Arc<TopicState>> {
        self.topics.get(route.topic.as_str())
    }

    /// The tokens of a route that wants one.
    pub(crate) fn tokens(&self, route: &Route) -> Option<Arc<Tokens>> {
        let path = route.token_file.as_ref()?;
        // A file that is not here would let nobody in.
        Some(self.tokens.get(path).cloned().unwrap_or_default())
    }
}

/// The configuration of now.
#[derive(Debug)]
pub(crate) struct Live {
    active: RwLock<Arc<Active>>,
    /// Held by whoever makes the next from the last.
    changing: Mutex<()>,
    /// The limits where the configuration names none.
    usual: Limits,
    counted: Arc<Counted>,
}

impl Live {
    /// Reads the token files that the routes name.
    pub(crate) fn new(config: Config, usual: Limits, counted: &Arc<Counted>) -> Self {
        let nothing = Active {
            routes: RouteTable::default(),
            limits: usual.clone(),
            topics: BTreeMap::new(),
            tokens: BTreeMap::new(),
        };
        let live = Self {
            active: RwLock::new(Arc::new(nothing)),
            changing: Mutex::default(),
            usual,
            counted: counted.clone(),
        };
        live.replace(config);
        live
    }

    pub(crate) fn get(&self) -> Arc<Active> {
        self.active
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts another configuration in the place of the one that is there. Requests on their way
    /// keep theirs; what is known of topics and tokens stays. Blocks on files.
    pub(crate) fn replace(&self, config: Config) {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.get();
        let topics = config.routes.iter().map(|route| {
            let name = route.topic.as_str();
            let new = || Arc::new(TopicState::new(self.counted.begin(name)));
            let state = old.topics.get(name).cloned().unwrap_or_else(new);
            (name.to_owned(), state)
        });
        let topics: BTreeMap<_, _> = topics.collect();
        let tokens = config.routes.iter().filter_map(|route| {
            let path = route.token_file.as_ref()?;
            let load = || Arc::new(Tokens::load(path));
            Some((
                path.clone(),
                old.tokens.get(path).cloned().unwrap_or_else(load),
            ))
        });
        let tokens = tokens.collect();
        let gone = old.topics.keys().filter(|name| !topics.contains_key(*name));
        gone.for_each(|name| self.counted.end(name));
        self.set(Active {
            limits: config.limits.over(&self.usual),
            routes: config.routes,
            topics,
            tokens,
        });
    }

    /// What is to be done for every topic now and then.
    pub(crate) fn tick(&self) {
        for (name, state) in &self.get().topics {
            self.counted.circuit(name, state.tick());
        }
    }

    /// The files of tokens that are in use.
    pub(crate) fn token_files(&self) -> Vec<PathBuf> {
        self.get().tokens.keys().cloned().collect()
    }

    /// Reads a file of tokens again. Blocks on it.
    pub(crate) fn reload_tokens(&self, path: &Path) {
        let fresh = Arc::new(Tokens::load(path));
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.get();
        let mut tokens = old.tokens.clone();
        if let Some(place) = tokens.get_mut(path) {
            *place = fresh;
        }
        self.set(Active {
            routes: old.routes.clone(),
            limits: old.limits.clone(),
            topics: old.topics.clone(),
            tokens,
        });
    }

    fn set(&self, active: Active) {
        let mut place = self.active.write().unwrap_or_else(PoisonError::into_inner);
        *place = Arc::new(active);
    }
}
