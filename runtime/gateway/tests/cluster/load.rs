//! Requests at a steady pace, whatever becomes of those before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};

use crate::balancer::{Answer, Balancer};

/// Requests a second.
const RATE: u32 = 500;

/// A request, and what became of it.
pub(crate) struct Sent {
    pub(crate) begun: Instant,
    pub(crate) answer: Answer,
}

impl Sent {
    pub(crate) fn is_ok(&self) -> bool {
        matches!(&self.answer, Ok((200, body)) if body == "pong\n")
    }

    /// An answer of the gateway's own that says what went wrong.
    pub(crate) fn is_honest(&self) -> bool {
        let Ok((502..=504, body)) = &self.answer else {
            return false;
        };
        let error: Value = serde_json::from_slice(body).unwrap_or_default();
        ["code", "component", "reason", "requestId"]
            .iter()
            .all(|member| error[member].is_string())
    }
}

/// Load that goes on until it is told to end.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    all: JoinHandle<Vec<Sent>>,
}

impl Load {
    pub(crate) fn start(balancer: &Arc<Balancer>, path: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, balancer) = (stop.clone(), balancer.clone());
        let all = tokio::spawn(async move {
            let mut requests = JoinSet::new();
            let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
            while !told.load(Ordering::SeqCst) {
                pace.tick().await;
                let balancer = balancer.clone();
                requests.spawn(async move {
                    let begun = Instant::now();
                    let answer = balancer.get(path).await;
                    Sent { begun, answer }
                });
            }
            requests.join_all().await
        });
        Self { stop, all }
    }

    /// No more; waits for those that are out.
    pub(crate) async fn end(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::SeqCst);
        self.all.await.unwrap()
    }
}

/// How long load is to last: `usual`, or what the environment says.
pub(crate) fn duration(usual: u64) -> Duration {
    let named = std::env::var("KUBEFUNCS_LOAD_SECONDS").ok();
    let seconds = named.map_or(usual, |text| text.parse().expect("seconds"));
    Duration::from_secs(seconds)
}

/// The first few of these, for a failing test to show.
pub(crate) fn shown<'a>(sent: impl IntoIterator<Item = &'a Sent>, since: Instant) -> String {
    let line = |sent: &Sent| {
        let after = sent.begun.checked_duration_since(since).unwrap_or_default();
        format!("{after:?}: {:?}", sent.answer)
    };
    let lines: Vec<_> = sent.into_iter().map(line).collect();
    format!(
        "{} in all\n{}",
        lines.len(),
        lines[..lines.len().min(20)].join("\n")
    )
}
