//! The threads of connections.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};

use super::step::{Look, Steps};

/// How often it is looked whether a first step goes on and on, where steps are taken or about to be.
const LOOK: Duration = Duration::from_millis(10);
/// And where none was.
const IDLE: Duration = Duration::from_millis(100);

/// An executor of its own for connections, touches, health checks, and the first steps of handlers: a
/// thread for these, and one for all the rest. Dropping it ends what runs there.
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
            .worker_threads(2)
            .thread_name("kubefuncs-io")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (alive, gone) = mpsc::channel::<()>();
        let watch = move || {
            let (mut last, mut pause) = (Look::default(), IDLE);
            while gone.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let look = steps.look(last.count, Instant::now());
                if look.is_held_up {
                    // The thread that listened to all sockets may be the one that a step holds up.
                    // Any task wakes another, which then listens.
                    runtime.spawn(async {});
                }
                let is_idle = look.count == last.count && look.taken == last.taken;
                pause = if is_idle { IDLE } else { LOOK };
                last = look;
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
