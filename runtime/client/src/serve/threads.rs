//! The threads of connections.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};

use super::step::{AT_ONCE, Steps};

/// How often it is looked whether a first step goes on and on.
const LOOK: Duration = Duration::from_millis(100);

/// An executor of its own for connections, touches, health checks, and the first steps of handlers,
/// with one thread more than steps are taken at once. Dropping it ends what runs there.
#[derive(Debug)]
pub(super) struct Threads {
    handle: Handle,
    _alive: mpsc::Sender<()>,
}

impl Threads {
    /// Starts them.
    ///
    /// # Errors
    /// The operating system gives no thread, or no event queue.
    pub(super) fn start(steps: Arc<Steps>) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(AT_ONCE + 1)
            .thread_name("kubefuncs-io")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (alive, gone) = mpsc::channel::<()>();
        let watch = move || {
            let mut before = 0;
            while gone.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                steps.tick(Instant::now());
                let now = steps.under_way();
                if before > 0 && now > 0 {
                    // The thread that listened to all sockets may be the one that a step holds up.
                    // Any task wakes another, which then listens.
                    runtime.spawn(async {});
                }
                before = now;
            }
            // Not to be held up by a handler that blocks.
            runtime.shutdown_background();
        };
        thread::Builder::new()
            .name("kubefuncs-watch".to_owned())
            .spawn(watch)?;
        Ok(Self {
            handle,
            _alive: alive,
        })
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
