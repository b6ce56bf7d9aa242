//! A channel: a queue, its consumers, and what they hold.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::consumer::Consumer;
use super::queue::{Put, Queue};
use super::timed::Timed;
use super::{ClientId, Effects, Id, Message};
use crate::clock::Now;

/// One channel of a topic. Time is handed in; whom to wake is handed out.
#[derive(Debug)]
pub(crate) struct Channel {
    ephemeral: bool,
    paused: bool,
    queue: Queue,
    in_flight: Timed<Flight>,
    deferred: Timed<Message>,
    consumers: BTreeMap<ClientId, Consumer>,
    /// Those who found nothing, the longest waiting first.
    waiting: VecDeque<ClientId>,
    pub(crate) counts: ChannelCounts,
}

/// Counters since the channel was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChannelCounts {
    pub(crate) messages: u64,
    pub(crate) requeued: u64,
    pub(crate) timed_out: u64,
}

#[derive(Debug)]
struct Flight {
    message: Message,
    owner: ClientId,
    delivered: Now,
}

/// What a consumer found.
#[derive(Debug)]
pub(crate) enum Take {
    /// Its window is full or shut, or the channel is paused.
    NotReady,
    /// There is nothing for it; it will be woken.
    Empty,
    /// A message, in flight from now on.
    Message(Delivery),
}

/// One delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) id: Id,
    pub(crate) timestamp_ns: i64,
    pub(crate) attempts: u16,
    pub(crate) body: bytes::Bytes,
}

/// Why FIN, REQ or TOUCH fails; no reason for nsqd to close a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotHeld {
    NotInFlight,
    NotOwner,
}

impl NotHeld {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NotInFlight => "ID not in flight",
            Self::NotOwner => "client does not own message",
        }
    }
}

impl Channel {
    pub(crate) fn new(capacity: usize, ephemeral: bool) -> Self {
        Self {
            ephemeral,
            paused: false,
            queue: Queue::new(capacity, ephemeral),
            in_flight: Timed::new(),
            deferred: Timed::new(),
            consumers: BTreeMap::new(),
            waiting: VecDeque::new(),
            counts: ChannelCounts::default(),
        }
    }

    /// Takes a message over from the topic.
    pub(crate) fn publish(&mut self, message: Message, now: Now, effects: &mut Effects) {
        self.counts.messages += 1;
        if message.deferred_ns > 0 {
            let at = now.wall_ns.saturating_add(message.deferred_ns);
            self.deferred.insert(message.id, at, message);
        } else {
            self.put(message, effects);
        }
    }

    /// At the tail, where whatever comes back goes too.
    fn put(&mut self, message: Message, effects: &mut Effects) {
        let awaited = self.wake_one(effects);
        if self.queue.put(message, awaited) == Put::Dropped {
            tracing::debug!("an ephemeral channel is full: a message is dropped");
        }
    }

    /// Wakes the one that waits longest among those that still have room.
    fn wake_one(&mut self, effects: &mut Effects) -> bool {
        while let Some(client) = self.waiting.pop_front() {
            if let Some(consumer) = self.consumers.get_mut(&client) {
                consumer.waiting = false;
                if consumer.has_room() && !self.paused {
                    effects.wake.push(client);
                    return true;
                }
            }
        }
        false
    }

    /// The next message for `client`, in flight for `timeout` from now on. `keep` is asked for
    /// each message; one that is not kept is gone for the whole channel, as nsqd samples.
    pub(crate) fn take(
        &mut self,
        client: ClientId,
        timeout: Duration,
        now: Now,
        mut keep: impl FnMut() -> bool,
        effects: &mut Effects,
    ) -> Take {
        let paused = self.paused;
        let ready = |consumer: &&mut Consumer| consumer.has_room() && !paused;
        let Some(consumer) = self.consumers.get_mut(&client).filter(ready) else {
            // Woken for a message and not ready any more: it is somebody else's.
            if !self.queue.is_empty() {
                self.wake_one(effects);
            }
            return Take::NotReady;
        };
        while let Some(mut message) = self.queue.take() {
            if !keep() {
                continue;
            }
            consumer.sent();
            message.attempts = message.attempts.wrapping_add(1);
            let delivery = Delivery {
                id: message.id,
                timestamp_ns: message.timestamp_ns,
                attempts: message.attempts,
                body: message.body().clone(),
            };
            let flight = Flight {
                owner: client,
                delivered: now,
                message,
            };
            let due = now.after(timeout).wall_ns;
            self.in_flight.insert(delivery.id, due, flight);
            return Take::Message(delivery);
        }
        if !consumer.waiting {
            consumer.waiting = true;
            self.waiting.push_back(client);
        }
        Take::Empty
    }

    fn land(&mut self, client: ClientId, id: &Id) -> Result<Flight, NotHeld> {
        let owner = self.in_flight.get(id).map(|flight| flight.owner);
        match owner {
            None => Err(NotHeld::NotInFlight),
            Some(owner) if owner != client => Err(NotHeld::NotOwner),
            Some(_) => self.in_flight.remove(id).ok_or(NotHeld::NotInFlight),
        }
    }

    /// FIN.
    pub(crate) fn finish(
        &mut self,
        client: ClientId,
        id: &Id,
        effects: &mut Effects,
    ) -> Result<(), NotHeld> {
        self.land(client, id)?;
        self.change(client, effects, Consumer::finished);
        Ok(())
    }

    /// REQ: to the tail, at once or after `delay`.
    pub(crate) fn requeue(
        &mut self,
        client: ClientId,
        id: &Id,
        delay: Duration,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), NotHeld> {
        let message = self.land(client, id)?.message;
        self.counts.requeued += 1;
        if delay.is_zero() {
            self.put(message, effects);
        } else {
            self.deferred.insert(*id, now.after(delay).wall_ns, message);
        }
        self.change(client, effects, Consumer::requeued);
        Ok(())
    }

    /// TOUCH: `timeout` from now on, but no later than `longest` after the delivery.
    pub(crate) fn touch(
        &mut self,
        client: ClientId,
        id: &Id,
        timeout: Duration,
        longest: Duration,
        now: Now,
    ) -> Result<(), NotHeld> {
        let flight = self.land(client, id)?;
        let held = now.steady.duration_since(flight.delivered.steady) + timeout;
        let due = if held >= longest {
            flight.delivered.after(longest).wall_ns
        } else {
            now.after(timeout).wall_ns
        };
        self.in_flight.insert(*id, due, flight);
        Ok(())
    }

    fn change(&mut self, client: ClientId, effects: &mut Effects, how: impl FnOnce(&mut Consumer)) {
        if let Some(consumer) = self.consumers.get_mut(&client) {
            how(consumer);
            effects.wake.push(client);
        }
    }

    /// Returns what has been out for too long and what was deferred until now to the tail; whether
    /// there was any.
    pub(crate) fn expire(&mut self, now: Now, effects: &mut Effects) -> bool {
        let mut any = false;
        while let Some(flight) = self.in_flight.take_due(now.wall_ns) {
            any = true;
            self.counts.timed_out += 1;
            self.change(flight.owner, effects, Consumer::timed_out);
            self.put(flight.message, effects);
        }
        while let Some(message) = self.deferred.take_due(now.wall_ns) {
            any = true;
            self.put(message, effects);
        }
        any
    }

    /// RDY.
    pub(crate) fn set_ready(&mut self, client: ClientId, count: i64, effects: &mut Effects) {
        if let Some(consumer) = self.consumers.get_mut(&client)
            && consumer.set_ready(count)
        {
            effects.wake.push(client);
        }
    }

    pub(crate) fn subscribe(&mut self, client: ClientId) {
        self.consumers.entry(client).or_default();
    }

    /// What `client` holds stays in flight until its time is up. Whether nobody is left on a
    /// channel that is to go then.
    pub(crate) fn unsubscribe(&mut self, client: ClientId, effects: &mut Effects) -> bool {
        if self.consumers.remove(&client).is_none() {
            return false;
        }
        if !self.queue.is_empty() {
            self.wake_one(effects);
        }
        self.ephemeral && self.consumers.is_empty()
    }

    /// Pausing stops deliveries and nothing else.
    pub(crate) fn set_paused(&mut self, paused: bool, effects: &mut Effects) {
        self.paused = paused;
        self.wake_all(effects);
    }

    /// Forgets everything: queued, in flight, deferred.
    pub(crate) fn empty(&mut self, effects: &mut Effects) {
        self.queue.clear();
        self.in_flight.clear();
        self.deferred.clear();
        self.consumers.values_mut().for_each(Consumer::forget);
        self.wake_all(effects);
    }

    fn wake_all(&mut self, effects: &mut Effects) {
        effects.wake.extend(self.consumers.keys());
    }

    /// As after a clean restart: no consumers, no counts, everything queued, nothing deferred.
    pub(crate) fn restart(&mut self) {
        let flights = self.in_flight.drain().map(|flight| flight.message);
        self.queue.flush(flights.chain(self.deferred.drain()));
        self.consumers.clear();
        self.waiting.clear();
        self.counts = ChannelCounts::default();
    }

    pub(crate) fn consumers(&self) -> &BTreeMap<ClientId, Consumer> {
        &self.consumers
    }

    pub(crate) fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Waiting messages: all, and those beyond `mem-queue-size`.
    pub(crate) fn depth(&self) -> (usize, usize) {
        (self.queue.len(), self.queue.backlog_len())
    }

    pub(crate) fn in_flight_count(&self) -> usize {
        self.in_flight.len()
    }

    pub(crate) fn deferred_count(&self) -> usize {
        self.deferred.len()
    }
}
