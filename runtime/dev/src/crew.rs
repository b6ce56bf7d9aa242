//! Tasks that run until they are told to stop, each known by what it was started for.

use tokio::sync::watch as channel;
use tokio::task::JoinHandle;

/// What a task is told by: it is to end once this holds true, or its other end is gone.
pub(crate) type Stop = channel::Receiver<bool>;

/// Ends when a task is to stop. Cancel-safe.
pub(crate) async fn told(stop: &mut Stop) {
    // Nobody is left who could want it to go on, where the other end is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Tasks of one kind.
#[derive(Debug)]
pub(crate) struct Crew<T>(Vec<Running<T>>);

#[derive(Debug)]
struct Running<T> {
    what: T,
    stop: channel::Sender<bool>,
    done: JoinHandle<()>,
}

impl<T: PartialEq + Clone> Crew<T> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Ends those that are not wanted any more, then starts those that are new. The others are
    /// not touched.
    pub(crate) async fn change<F>(&mut self, wanted: Vec<T>, mut start: impl FnMut(T, Stop) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|running| wanted.contains(&running.what));
        self.0 = stay;
        Self(go).stop().await;
        for what in wanted {
            if self.0.iter().any(|running| running.what == what) {
                continue;
            }
            let (stop, stopped) = channel::channel(false);
            let done = tokio::spawn(start(what.clone(), stopped));
            self.0.push(Running { what, stop, done });
        }
    }

    /// Ends all of them, all at once.
    pub(crate) async fn stop(self) {
        for running in &self.0 {
            // One that has ended needs no telling.
            let _ = running.stop.send(true);
        }
        for running in self.0 {
            let _ = running.done.await;
        }
    }
}
