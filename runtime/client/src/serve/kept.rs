//! Answers that no broker confirmed, kept for the redelivery of their requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq::Topic;
use tokio::time::Instant;

/// The most bytes that are kept. What a broken connection leaves is far less.
const BYTES: usize = 16 << 20;

/// The most answers that are kept.
const COUNT: usize = 4_096;

/// Whose answer it is. The topic belongs to it: a stranger that learned an id gets nothing sent to
/// a topic of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) topic: Topic,
}

/// Answers that no broker confirmed. When the connection breaks between an answer and its
/// acknowledgement, the broker delivers the request again: it is answered from here then, and not
/// run a second time.
#[derive(Debug)]
pub(super) struct Kept {
    answers: Mutex<Answers>,
    lifetime: Duration,
}

#[derive(Debug, Default)]
struct Answers {
    by_key: HashMap<Key, Bytes>,
    /// In the order in which they were kept, and so in which they expire.
    order: VecDeque<(Instant, Key)>,
    bytes: usize,
}

impl Kept {
    /// Answers are forgotten after `lifetime`: longer than the broker needs to deliver again.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            answers: Mutex::default(),
            lifetime,
        }
    }

    pub(super) fn keep(&self, key: Key, body: Bytes) {
        let now = Instant::now();
        let mut answers = self.lock();
        answers.expire(now, self.lifetime);
        if answers.by_key.contains_key(&key) {
            return;
        }
        answers.bytes += body.len();
        answers.by_key.insert(key.clone(), body);
        answers.order.push_back((now, key));
        while answers.bytes > BYTES || answers.order.len() > COUNT {
            answers.forget_oldest();
        }
    }

    /// The answer to this request, if it was kept. It stays: the next connection may break, too.
    pub(super) fn get(&self, key: &Key) -> Option<Bytes> {
        let mut answers = self.lock();
        // Hardly ever is any kept: for most requests that is all.
        if answers.order.is_empty() {
            return None;
        }
        answers.expire(Instant::now(), self.lifetime);
        answers.by_key.get(key).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers {
    fn expire(&mut self, now: Instant, lifetime: Duration) {
        let expired = |(kept, _): &(Instant, Key)| now.duration_since(*kept) >= lifetime;
        while self.order.front().is_some_and(expired) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front()
            && let Some(body) = self.by_key.remove(&key)
        {
            self.bytes -= body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: usize, topic: &str) -> Key {
        Key {
            id: id.to_string(),
            topic: Topic::new(topic).unwrap(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_for_its_request_and_for_its_time() {
        let kept = Kept::new(Duration::from_secs(1));
        kept.keep(key(1, "a"), "one".into());
        assert_eq!(kept.get(&key(1, "a")), Some("one".into()));
        assert_eq!(kept.get(&key(1, "b")), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(kept.get(&key(1, "a")), None);
        assert_eq!(kept.answers.lock().unwrap().bytes, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_is_bounded_in_count_and_bytes() {
        let kept = Kept::new(Duration::from_secs(1));
        for id in 0..COUNT + 10 {
            kept.keep(key(id, "a"), "x".into());
        }
        assert_eq!(kept.get(&key(9, "a")), None);
        assert_eq!(kept.get(&key(10, "a")), Some("x".into()));
        for id in 0..20 {
            kept.keep(key(id, "b"), vec![0; 1 << 20].into());
        }
        assert!(kept.answers.lock().unwrap().bytes <= BYTES);
        assert!(kept.get(&key(19, "b")).is_some());
    }
}
