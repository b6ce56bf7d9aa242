//! Times at which requests are due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// The pace-maker rests so long between two looks at the clock; what it is late counts as latency.
const REST: Duration = Duration::from_micros(200);

/// Hands out the due times of an open loop, each once and not before it has come.
#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    due: Arc<Semaphore>,
    taken: AtomicU64,
}

impl Pace {
    /// Due times from `begin` on, `rate` a second, until `end` after it.
    pub(super) fn start(rate: f64, begin: Instant, end: Duration) -> Pace {
        let due = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&due);
        // A thread of its own: timers of the executor count whole milliseconds.
        thread::spawn(move || {
            let mut given = 0;
            loop {
                let now = begin.elapsed().min(end);
                let all = (now.as_secs_f64() * rate) as usize;
                permits.add_permits(all - given);
                given = all;
                if now == end {
                    return permits.close();
                }
                rest();
            }
        });
        Pace {
            rate,
            due,
            taken: AtomicU64::new(0),
        }
    }

    /// The next due time, from the start; `None` once all are over.
    pub(super) async fn next(&self) -> Option<Duration> {
        self.due.acquire().await.ok()?.forget();
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        Some(Duration::from_secs_f64(number as f64 / self.rate))
    }
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own")]
fn rest() {
    thread::sleep(REST);
}
