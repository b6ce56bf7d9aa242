//! A thread that does nothing but run connections.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread of its own for connections, so that heartbeats and touches go on however busy handlers
/// keep the other threads. Dropping it ends the connections it runs.
#[derive(Debug)]
pub struct IoThread {
    handle: Handle,
    _alive: oneshot::Sender<()>,
}

impl IoThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system gives no thread, or no event queue.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (alive, gone) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("nsq-io".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(gone);
            })?;
        Ok(Self {
            handle,
            _alive: alive,
        })
    }

    /// Goes into [`ConsumerConfig::runtime`] and [`ProducerConfig::runtime`].
    ///
    /// [`ConsumerConfig::runtime`]: crate::ConsumerConfig::runtime
    /// [`ProducerConfig::runtime`]: crate::ProducerConfig::runtime
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
