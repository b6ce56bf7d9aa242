//! Changes of the configuration while requests are served.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Config;
use crate::describe;
use crate::follow::Followed;
use crate::live::Live;
use crate::metrics::Counted;

/// How often files are looked at. A change is in force after two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Follows the file of routes, where there is one, and every file of tokens. Never ends.
pub(crate) async fn follow(live: Arc<Live>, counted: Arc<Counted>, config: Option<Followed>) {
    let mut files = Files {
        config,
        tokens: Vec::new(),
        live,
        counted,
    };
    loop {
        tokio::time::sleep(PAUSE).await;
        // Files block, on a network file system for long.
        let look = tokio::task::spawn_blocking(move || {
            files.look();
            files
        });
        let Ok(back) = look.await else { return };
        files = back;
    }
}

/// Puts every configuration that arrives in force, until its sender is gone.
pub(crate) async fn take(
    live: Arc<Live>,
    counted: Arc<Counted>,
    mut updates: watch::Receiver<Config>,
) {
    while updates.changed().await.is_ok() {
        let config = updates.borrow_and_update().clone();
        let (live, counted) = (live.clone(), counted.clone());
        let replace = tokio::task::spawn_blocking(move || done(&live, &counted, config));
        // Only the end of the process stops it.
        let _ = replace.await;
    }
}

struct Files {
    config: Option<Followed>,
    tokens: Vec<Followed>,
    live: Arc<Live>,
    counted: Arc<Counted>,
}

impl Files {
    fn look(&mut self) {
        if let Some(config) = &mut self.config
            && config.has_changed()
        {
            match Config::load(config.path()) {
                Ok(config) => done(&self.live, &self.counted, config),
                Err(error) => {
                    tracing::warn!(error = describe(&error), "the routes stay as they are");
                    self.counted.reload(false);
                }
            }
        }
        self.live.tick();
        self.follow_tokens(&self.live.token_files());
        for file in &mut self.tokens {
            if file.has_changed() {
                self.live.reload_tokens(file.path());
                tracing::info!(path = %file.path().display(), "tokens read again");
            }
        }
    }

    fn follow_tokens(&mut self, paths: &[PathBuf]) {
        self.tokens
            .retain(|file| paths.iter().any(|path| path == file.path()));
        for path in paths {
            if !self.tokens.iter().any(|file| file.path() == path) {
                self.tokens.push(self.new_tokens(path));
            }
        }
    }

    /// The file was read when its route came; it may have changed between that and now.
    fn new_tokens(&self, path: &Path) -> Followed {
        let file = Followed::new(path);
        self.live.reload_tokens(path);
        file
    }
}

fn done(live: &Live, counted: &Counted, config: Config) {
    let routes = config.routes.len();
    live.replace(config);
    counted.reload(true);
    tracing::info!(routes, "routes read again");
}
