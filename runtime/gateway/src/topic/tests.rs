//! The wait for the brokers' word.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use kubefuncs::metrics::Metrics;
use kubefuncs::{CallOptions, HttpResponse, Raw};
use tokio::time::sleep;

use super::*;
use crate::backend::{Ending, Fresh};
use crate::metrics::Counted;
use crate::reject::Kind;

/// Brokers that have told that nobody is there, and tell later that somebody is.
#[derive(Debug, Clone)]
struct Brokers {
    served: Arc<Mutex<bool>>,
    asked: Arc<AtomicUsize>,
    answer: Duration,
}

impl Brokers {
    fn new(answer: Duration) -> Self {
        Self {
            served: Arc::default(),
            asked: Arc::default(),
            answer,
        }
    }
}

impl Backend for Brokers {
    fn is_ready(&self) -> bool {
        true
    }

    async fn call(&self, _: &str, _: Raw, _: CallOptions) -> Result<HttpResponse, Reject> {
        unreachable!("nothing is called here")
    }

    async fn submit(&self, _: &str, _: Raw, _: CallOptions) -> Result<Ending, Reject> {
        unreachable!("nothing is called here")
    }

    fn watch(&self, _: &str) -> Option<Box<dyn Watch>> {
        Some(Box::new(self.clone()))
    }

    async fn close(&self) {}
}

impl Watch for Brokers {
    fn sight(&self) -> Sight {
        Sight {
            served: Some(*self.served.lock().unwrap()),
            ..Sight::default()
        }
    }

    fn fresh(&self) -> Fresh {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let Self { served, answer, .. } = self.clone();
        Box::pin(async move {
            sleep(answer).await;
            *served.lock().unwrap() = true;
        })
    }
}

/// A topic that a call has waited for in vain.
fn deserted(brokers: &Brokers) -> TopicState {
    let topic = TopicState::new(Counted::new(&Metrics::new()).begin("test"));
    assert!(topic.admit().is_ok(), "nobody has waited yet");
    topic.watch(brokers);
    topic.timed_out();
    assert_eq!(topic.admit().unwrap_err().kind(), Kind::NotServed);
    topic
}

async fn ask(topic: &TopicState, brokers: &Brokers, limits: &Limits, patience: Duration) -> bool {
    let place = Ticket::new(&Arc::default(), &topic.load);
    topic.ask_again(brokers, place, limits, patience).await;
    topic.admit().is_ok()
}

const LONG: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn a_fresh_word_is_waited_for_but_not_for_long() {
    for (answer, patience, waited, admitted) in [
        (WORD / 2, LONG, WORD / 2, true),
        (LONG, LONG, WORD, false),
        (WORD / 2, WORD / 4, WORD / 4, false),
    ] {
        let brokers = Brokers::new(answer);
        let (topic, begun) = (deserted(&brokers), Instant::now());
        let limits = Limits::default();
        assert_eq!(ask(&topic, &brokers, &limits, patience).await, admitted);
        assert_eq!(begun.elapsed().as_millis(), waited.as_millis());
        assert_eq!(topic.load.calls(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_wait_for_it_than_calls_may() {
    let brokers = Brokers::new(WORD / 2);
    let (topic, begun) = (deserted(&brokers), Instant::now());
    let limits = Limits {
        topic_calls: 50,
        ..Limits::default()
    };
    let asking = (0..10_000).map(|_| async {
        let admitted = ask(&topic, &brokers, &limits, LONG).await;
        (admitted, begun.elapsed())
    });
    let ended = join_all(asking).await;
    let (waited, told): (Vec<_>, Vec<_>) = ended.into_iter().partition(|(admitted, _)| *admitted);
    assert_eq!((waited.len(), told.len()), (50, 9_950));
    assert!(told.iter().all(|(_, waited)| waited.is_zero()), "at once");
    assert_eq!(brokers.asked.load(Ordering::Relaxed), 50);
    assert_eq!(topic.load.calls(), 0);
}
