//! Paused time and real sockets.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long a hold lasts at most, in real time: a test that waits for what never comes is to fail
/// by its own (paused) deadline, not to hang.
const LONGEST: Duration = Duration::from_secs(60);

/// Keeps paused time from moving on by itself, until dropped.
///
/// When every task waits, tokio's paused time jumps to the next timer, even while bytes are under
/// way in the kernel. On a busy machine that is enough for a message to time out before the FIN
/// for it is read. So hold time while something is awaited that needs none:
///
/// ```
/// # use kubefuncs_broker::Hold;
/// # async fn answer() {}
/// # async fn test() {
/// let hold = Hold::time();
/// answer().await; // over a socket, at once
/// drop(hold); // from here on, hours may pass
/// # }
/// ```
///
/// Only where time is paused (a current-thread executor) does it do anything.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "its end is what counts")] Sender<()>);

impl Hold {
    /// Begins to hold. To be called on a tokio executor.
    #[must_use = "time moves on when it is dropped"]
    pub fn time() -> Self {
        let (held, ended) = channel::<()>();
        // Time does not advance by itself while a blocking task runs.
        tokio::task::spawn_blocking(move || match ended.recv_timeout(LONGEST) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => tracing::warn!("time was held for too long"),
        });
        Self(held)
    }
}
