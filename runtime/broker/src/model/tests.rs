//! The model by itself: no sockets, and time that is handed in.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};
use proptest::prelude::*;

use super::stats::StatsQuery;
use super::{ClientId, Delivery, Id, Nsqd, Take};
use crate::clock::{Clock, Now};
use crate::config::BrokerConfig;

const TIMEOUT: Duration = Duration::from_secs(10);

/// An nsqd, one topic, and a clock that moves when told to.
struct World {
    nsqd: Nsqd,
    now: Now,
    topic: TopicName,
    channel: ChannelName,
}

impl World {
    fn new() -> World {
        World::with(BrokerConfig::default())
    }

    fn with(config: BrokerConfig) -> World {
        let now = Clock::new().now();
        World {
            nsqd: Nsqd::new(Arc::new(config), now, 7),
            now,
            topic: TopicName::new("t").unwrap(),
            channel: ChannelName::new("c").unwrap(),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    fn client(&mut self, ready: i64) -> ClientId {
        let id = self.nsqd.connect(([127, 0, 0, 1], 9).into(), self.now);
        self.nsqd
            .subscribe(id, &self.topic, &self.channel, self.now)
            .unwrap();
        self.nsqd.set_ready(id, ready);
        id
    }

    fn publish(&mut self, body: &'static str) {
        self.publish_deferred(body, Duration::ZERO);
    }

    fn publish_deferred(&mut self, body: &'static str, defer: Duration) {
        // Ids need their time.
        self.pass(Duration::from_millis(2));
        let body = Bytes::from_static(body.as_bytes());
        let message = self
            .nsqd
            .message(&self.topic, &body, defer, self.now)
            .unwrap();
        self.nsqd
            .publish(&self.topic, vec![message.unwrap()], self.now)
            .unwrap();
    }

    fn take(&mut self, client: ClientId) -> Option<Delivery> {
        match self.nsqd.take(client, TIMEOUT, 0, self.now) {
            Take::Message(delivery) => Some(delivery),
            Take::Empty | Take::NotReady => None,
        }
    }

    fn scan(&mut self) {
        self.nsqd.refresh_scan();
        self.nsqd.scan(self.now);
    }

    /// Waiting, in flight, deferred, of the channel.
    fn counts(&self) -> [usize; 3] {
        let stats = self.nsqd.stats(&StatsQuery::default());
        let topics = stats.topics.unwrap();
        let channel = &topics[0].channels[0];
        [
            channel.depth,
            channel.in_flight_count,
            channel.deferred_count,
        ]
    }

    /// What one of `clients` holds, and may hold.
    fn window(&self, clients: &[ClientId], at: usize) -> (i64, i64) {
        let query = StatsQuery {
            clients: true,
            ..StatsQuery::default()
        };
        let topics = self.nsqd.stats(&query).topics.unwrap();
        let shown = topics[0].channels[0].clients.as_ref().unwrap();
        // They are shown in the order of their ids.
        let before = clients
            .iter()
            .filter(|client| **client < clients[at])
            .count();
        (shown[before].in_flight_count, shown[before].ready_count)
    }
}

#[test]
fn a_message_is_due_exactly_at_its_timeout() {
    let mut world = World::new();
    let client = world.client(1);
    world.publish("x");
    let first = world.take(client).unwrap();
    world.pass(TIMEOUT - Duration::from_nanos(1));
    world.scan();
    assert_eq!(world.counts(), [0, 1, 0]);
    world.pass(Duration::from_nanos(1));
    world.scan();
    assert_eq!(world.counts(), [1, 0, 0]);
    let second = world.take(client).unwrap();
    assert_eq!((second.id, second.attempts), (first.id, 2));
}

#[test]
fn touching_counts_from_now_and_ends_with_the_longest_life() {
    let mut world = World::new();
    let client = world.client(1);
    world.publish("x");
    let message = world.take(client).unwrap();
    let longest = BrokerConfig::default().nsqd.max_msg_timeout;
    let start = world.now.steady;
    while world.counts() == [0, 1, 0] {
        world.pass(TIMEOUT / 2);
        world.scan();
        let _ = world.nsqd.touch(client, &message.id, TIMEOUT, world.now);
    }
    assert_eq!(world.now.steady - start, longest);
}

#[test]
fn a_wall_clock_that_jumps_ahead_times_everything_out() {
    let mut world = World::new();
    let client = world.client(1);
    world.publish("x");
    world.take(client).unwrap();
    world.now.wall_ns += 3_600_000_000_000;
    world.scan();
    assert_eq!(world.counts(), [1, 0, 0]);
}

#[test]
fn a_wall_clock_that_steps_back_makes_no_ids() {
    let mut world = World::new();
    let client = world.client(1);
    world.publish("x");
    world.take(client).unwrap();
    world.now.wall_ns -= 60_000_000_000;
    let body = Bytes::from_static(b"y");
    let made = world
        .nsqd
        .message(&world.topic, &body, Duration::ZERO, world.now)
        .unwrap();
    assert!(made.is_none());
    // A topic that is new has no past to stand behind.
    let other = TopicName::new("other").unwrap();
    assert!(
        world
            .nsqd
            .message(&other, &body, Duration::ZERO, world.now)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_channel_too_young_for_the_scan_is_late() {
    let mut world = World::new();
    world.nsqd.refresh_scan();
    let client = world.client(1);
    world.publish("x");
    world.take(client).unwrap();
    world.pass(TIMEOUT * 2);
    world.nsqd.scan(world.now);
    assert_eq!(world.counts(), [0, 1, 0]);
    world.scan();
    assert_eq!(world.counts(), [1, 0, 0]);
}

#[test]
fn whoever_waits_longest_is_woken_and_only_if_ready() {
    let mut world = World::new();
    let clients = [1, 1, 1].map(|ready| world.client(ready));
    for client in clients {
        assert!(world.take(client).is_none());
    }
    world.nsqd.take_effects();
    world.nsqd.set_ready(clients[0], 0);
    world.nsqd.take_effects();
    world.publish("x");
    assert_eq!(world.nsqd.take_effects().wake, [clients[1]]);
    // It is not ready any more when it comes: the message is the next one's.
    world.nsqd.set_ready(clients[1], 0);
    world.nsqd.take_effects();
    assert!(world.take(clients[1]).is_none());
    assert_eq!(world.nsqd.take_effects().wake, [clients[2]]);
    assert!(world.take(clients[2]).is_some());
}

#[test]
fn who_leaves_passes_on_what_it_was_woken_for() {
    let mut world = World::new();
    let (one, two) = (world.client(1), world.client(1));
    assert!(world.take(one).is_none() && world.take(two).is_none());
    world.nsqd.take_effects();
    world.publish("x");
    assert_eq!(world.nsqd.take_effects().wake, [one]);
    world.nsqd.disconnect(one);
    assert_eq!(world.nsqd.take_effects().wake, [two]);
}

#[test]
fn memory_is_counted_and_given_back() {
    let mut config = BrokerConfig::default();
    config.bounds.memory_bytes = 10_000;
    let mut world = World::with(config);
    let client = world.client(2500);
    let other = ChannelName::new("other").unwrap();
    world
        .nsqd
        .add_channel(&world.topic, &other, world.now)
        .unwrap();
    let body = Bytes::from(vec![b'x'; 1000]);
    let mut stored = 0;
    while let Ok(message) = world
        .nsqd
        .message(&world.topic, &body, Duration::ZERO, world.now)
    {
        world.pass(Duration::from_millis(2));
        let Some(message) = message else { continue };
        if world
            .nsqd
            .publish(&world.topic, vec![message], world.now)
            .is_err()
        {
            break;
        }
        stored += 1;
    }
    // A body and two places each.
    assert_eq!(stored, 7);
    assert!(world.nsqd.health().is_err());
    while let Some(message) = world.take(client) {
        world.nsqd.finish(client, &message.id).unwrap();
    }
    world.nsqd.empty_channel(&world.topic, &other);
    assert_eq!(world.nsqd.stats(&StatsQuery::default()).used_bytes, 0);
    world.publish("x");
    assert!(world.nsqd.health().is_ok());
}

/// What can happen to a channel.
#[derive(Clone, Debug)]
enum Event {
    Publish,
    PublishDeferred,
    Take(usize),
    Finish(usize, usize),
    Requeue(usize, usize, u64),
    Ready(usize, i64),
    Pass(u64),
    Leave(usize),
    Pause(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let client = 0..3_usize;
    prop_oneof![
        4 => Just(Event::Publish),
        1 => Just(Event::PublishDeferred),
        6 => client.clone().prop_map(Event::Take),
        4 => (client.clone(), 0..5_usize).prop_map(|(c, m)| Event::Finish(c, m)),
        2 => (client.clone(), 0..5_usize, 0..3_u64).prop_map(|(c, m, d)| Event::Requeue(c, m, d)),
        2 => (client.clone(), 0..4_i64).prop_map(|(c, n)| Event::Ready(c, n)),
        3 => (1..8_u64).prop_map(Event::Pass),
        1 => client.prop_map(Event::Leave),
        1 => any::<bool>().prop_map(Event::Pause),
    ]
}

proptest! {
    /// Nothing is lost and nothing is doubled; no window is exceeded; attempts only rise; and when
    /// all is said and done, everything can be had.
    #[test]
    fn messages_are_conserved(events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::new();
        let mut clients: Vec<ClientId> = (0..3).map(|_| world.client(2)).collect();
        let mut held: Vec<Vec<Id>> = vec![Vec::new(); 3];
        let mut attempts = std::collections::BTreeMap::<Id, u16>::new();
        let (mut published, mut finished) = (0_usize, BTreeSet::new());
        for event in events {
            match event {
                Event::Publish => {
                    world.publish("x");
                    published += 1;
                }
                Event::PublishDeferred => {
                    world.publish_deferred("x", Duration::from_secs(5));
                    published += 1;
                }
                Event::Take(at) => {
                    let (in_flight, window) = world.window(&clients, at);
                    if let Some(delivery) = world.take(clients[at]) {
                        prop_assert!(in_flight < window, "{} of {}", in_flight, window);
                        let last = attempts.insert(delivery.id, delivery.attempts).unwrap_or(0);
                        prop_assert_eq!(delivery.attempts, last + 1);
                        prop_assert!(!finished.contains(&delivery.id));
                        held[at].push(delivery.id);
                    }
                }
                Event::Finish(at, which) => {
                    let ids = held[at].len();
                    if ids > 0 {
                        let id = held[at].remove(which % ids);
                        if world.nsqd.finish(clients[at], &id).is_ok() {
                            prop_assert!(finished.insert(id));
                        }
                    }
                }
                Event::Requeue(at, which, delay) => {
                    let ids = held[at].len();
                    if ids > 0 {
                        let id = held[at].remove(which % ids);
                        let delay = Duration::from_secs(delay);
                        let _ = world.nsqd.requeue(clients[at], &id, delay, world.now);
                    }
                }
                Event::Ready(at, count) => {
                    world.nsqd.set_ready(clients[at], count);
                }
                Event::Pass(seconds) => {
                    world.pass(Duration::from_secs(seconds));
                    world.scan();
                }
                Event::Leave(at) => {
                    world.nsqd.disconnect(clients[at]);
                    clients[at] = world.client(2);
                    held[at].clear();
                }
                Event::Pause(paused) => {
                    world.nsqd.pause_channel(&world.topic, &world.channel, paused);
                }
            }
            world.nsqd.take_effects();
            let kept: usize = world.counts().iter().sum();
            prop_assert_eq!(kept + finished.len(), published);
        }
        world.nsqd.pause_channel(&world.topic, &world.channel, false);
        let last = world.client(2500);
        world.pass(Duration::from_secs(3600));
        world.scan();
        while let Some(delivery) = world.take(last) {
            prop_assert!(finished.insert(delivery.id));
        }
        prop_assert_eq!(finished.len(), published);
    }
}
