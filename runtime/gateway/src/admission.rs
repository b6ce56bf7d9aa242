//! How much may wait at once, in calls and in bytes, for one topic and in all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::limits::Limits;
use crate::reject::{Kind, Reject};

/// What is taken right now, of the gateway or of one topic. The limits are named by who takes,
/// so they may change while something is taken.
#[derive(Debug, Default)]
pub(crate) struct Load {
    calls: AtomicUsize,
    bytes: AtomicUsize,
}

const TOO_MANY_BYTES: &str = "too many bytes are waiting for answers";

/// Takes `count` where no more than `limit` are taken then.
fn take(from: &AtomicUsize, count: usize, limit: usize) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
        taken.checked_add(count).filter(|&sum| sum <= limit)
    })
    .is_ok()
}

impl Load {
    /// Calls that wait for their answer.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Bytes of bodies, in and out.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The bytes and the call a request has taken; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// In all, and of the topic.
    loads: [Arc<Load>; 2],
    bytes: usize,
    call: bool,
}

impl Ticket {
    /// A ticket with nothing taken yet.
    pub(crate) fn new(all: &Arc<Load>, topic: &Arc<Load>) -> Self {
        Self {
            loads: [all.clone(), topic.clone()],
            bytes: 0,
            call: false,
        }
    }

    /// Takes bytes as they arrive, not as they are announced: a client that sends slowly holds
    /// only what it has sent.
    pub(crate) fn take_bytes(&mut self, count: usize, limits: &Limits) -> Result<(), Reject> {
        let limits = [limits.bytes, limits.topic_bytes];
        self.take_both(count, limits, TOO_MANY_BYTES)
    }

    /// Whether so much could be taken now. What is refused by its announced length need not be read.
    pub(crate) fn has_room(&self, count: usize, limits: &Limits) -> Result<(), Reject> {
        let [all, topic] = &self.loads;
        let free = |load: &Load, limit: usize| load.bytes().saturating_add(count) <= limit;
        if free(all, limits.bytes) && free(topic, limits.topic_bytes) {
            return Ok(());
        }
        Err(Reject::new(Kind::TooMany, TOO_MANY_BYTES))
    }

    fn take_both(
        &mut self,
        count: usize,
        limits: [usize; 2],
        refused: &'static str,
    ) -> Result<(), Reject> {
        let [all, topic] = &self.loads;
        if !take(&all.bytes, count, limits[0]) {
            return Err(Reject::new(Kind::TooMany, refused));
        }
        if !take(&topic.bytes, count, limits[1]) {
            all.bytes.fetch_sub(count, Ordering::Relaxed);
            return Err(Reject::new(Kind::TooMany, refused));
        }
        self.bytes += count;
        Ok(())
    }

    /// Takes the place of one call.
    pub(crate) fn take_call(&mut self, limits: &Limits) -> Result<(), Reject> {
        let [all, topic] = &self.loads;
        if !take(&all.calls, 1, limits.calls) {
            let reason = "too many calls are waiting for answers";
            return Err(Reject::new(Kind::TooMany, reason));
        }
        if !take(&topic.calls, 1, limits.topic_calls) {
            all.calls.fetch_sub(1, Ordering::Relaxed);
            let reason = "too many calls are waiting for this function";
            return Err(Reject::new(Kind::TooMany, reason));
        }
        self.call = true;
        Ok(())
    }

    fn give_back(&mut self) {
        for load in &self.loads {
            load.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
            if self.call {
                load.calls.fetch_sub(1, Ordering::Relaxed);
            }
        }
        (self.bytes, self.call) = (0, false);
    }

    /// Exchanges what the request took for the bytes of its answer, which stay taken until the
    /// last of them is written: a client that reads slowly holds them here.
    ///
    /// # Errors
    /// [`Kind::TooMany`] when callers hold up too many answers already.
    pub(crate) fn hold(mut self, answer: Bytes, limits: &Limits) -> Result<Bytes, Reject> {
        struct Held {
            answer: Bytes,
            _ticket: Ticket,
        }

        impl AsRef<[u8]> for Held {
            fn as_ref(&self) -> &[u8] {
                &self.answer
            }
        }

        self.give_back();
        if answer.is_empty() {
            return Ok(answer);
        }
        // The function has done its work: its answer may take what no request may.
        let most = [limits.bytes, limits.topic_bytes].map(|limit| limit.saturating_mul(2));
        let refused = "too many bytes of answers are waiting for their callers to read them";
        self.take_both(answer.len(), most, refused)?;
        Ok(Bytes::from_owner(Held {
            answer,
            _ticket: self,
        }))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(calls: usize, bytes: usize) -> Limits {
        Limits {
            calls: calls * 2,
            bytes: bytes * 2,
            topic_calls: calls,
            topic_bytes: bytes,
            ..Limits::default()
        }
    }

    fn taken(load: &Load) -> (usize, usize) {
        (load.calls(), load.bytes())
    }

    #[test]
    fn what_a_ticket_took_comes_back_with_it() {
        let (all, topic, limits) = (Arc::default(), Arc::default(), limits(1, 10));
        let mut first = Ticket::new(&all, &topic);
        first.take_bytes(4, &limits).unwrap();
        first.take_bytes(6, &limits).unwrap();
        first.take_call(&limits).unwrap();
        let mut second = Ticket::new(&all, &topic);
        let refused = second.take_bytes(1, &limits).unwrap_err();
        assert_eq!(refused.kind(), Kind::TooMany);
        assert!(second.take_call(&limits).is_err());
        assert_eq!(taken(&all), (1, 10), "a refusal takes nothing");
        drop(first);
        second.take_bytes(10, &limits).unwrap();
        second.take_call(&limits).unwrap();
    }

    #[test]
    fn one_topic_leaves_room_for_others() {
        let (all, hung, other, limits) = (
            Arc::default(),
            Arc::default(),
            Arc::default(),
            limits(1, 10),
        );
        let mut first = Ticket::new(&all, &hung);
        first.take_call(&limits).unwrap();
        assert!(Ticket::new(&all, &hung).take_call(&limits).is_err());
        Ticket::new(&all, &other).take_call(&limits).unwrap();
    }

    #[test]
    fn an_answer_is_held_until_its_last_byte_is_gone() {
        let (all, topic, limits) = (Arc::default(), Arc::default(), limits(1, 10));
        let mut ticket = Ticket::new(&all, &topic);
        ticket.take_call(&limits).unwrap();
        ticket.take_bytes(10, &limits).unwrap();
        let mut answer = ticket
            .hold(Bytes::from_static(b"twenty bytes of text"), &limits)
            .unwrap();
        assert_eq!(taken(&topic), (0, 20));
        let mut second = Ticket::new(&all, &topic);
        assert!(second.take_bytes(1, &limits).is_err(), "no request now");
        assert!(
            Ticket::new(&all, &topic)
                .hold(Bytes::from_static(b"x"), &limits)
                .is_err()
        );
        let end = answer.split_off(19);
        drop(answer);
        assert_eq!(taken(&topic), (0, 20));
        drop(end);
        assert_eq!((taken(&topic), taken(&all)), ((0, 0), (0, 0)));
    }

    proptest! {
        /// Whatever is taken and given back: never more than the limits, and nothing in the end.
        #[test]
        fn the_books_balance(steps in prop::collection::vec((0usize..4, 0usize..12), 0..60)) {
            let limits = limits(2, 10);
            let all: Arc<Load> = Arc::default();
            let topics = [Arc::<Load>::default(), Arc::default()];
            let mut held = Vec::new();
            for (step, size) in steps {
                let mut ticket = Ticket::new(&all, &topics[step % 2]);
                if step < 3 {
                    let _ = ticket.take_call(&limits);
                    let _ = ticket.take_bytes(size, &limits);
                    held.push(ticket);
                } else if let Some(ticket) = held.pop() {
                    let _ = ticket.hold(Bytes::from(vec![0; size]), &limits);
                }
                prop_assert!(all.calls() <= limits.calls && all.bytes() <= limits.bytes);
                prop_assert_eq!(all.bytes(), topics[0].bytes() + topics[1].bytes());
                prop_assert!(topics.iter().all(|topic| topic.bytes() <= limits.topic_bytes));
            }
            drop(held);
            prop_assert_eq!(taken(&all), (0, 0));
        }
    }
}
