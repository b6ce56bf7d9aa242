//! The messages one connection has in flight: when each is to be touched, and when it is lost.
//!
//! Pure: time comes from the caller. nsqd answers a FIN, REQ or TOUCH by connection and id alone,
//! so an answer meant for an earlier delivery of a message would hit the later one; each delivery
//! has a serial number here, and only the latest can be answered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use kubefuncs_nsq_proto::MessageId;
use tokio::time::Instant;

use crate::fate::{Fate, LostReason};

#[derive(Debug)]
struct Entry {
    serial: u64,
    received: Instant,
    /// When its timeout last started anew.
    touched: Instant,
    fate: Arc<Fate>,
}

/// The deliveries of one connection that are not answered.
#[derive(Debug)]
pub(crate) struct InFlight {
    entries: HashMap<MessageId, Entry, RandomState>,
    serial: u64,
    msg_timeout: Duration,
    max_msg_timeout: Duration,
}

impl InFlight {
    /// Takes nsqd's timeout of an untouched message, and the longest it leaves a touched one.
    pub(crate) fn new(msg_timeout: Duration, max_msg_timeout: Duration) -> Self {
        Self {
            entries: HashMap::default(),
            serial: 0,
            msg_timeout,
            max_msg_timeout,
        }
    }

    /// How often [`InFlight::tick`] wants to be called while something is in flight.
    pub(crate) fn tick_every(&self) -> Duration {
        self.msg_timeout / 12
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A message came. An earlier delivery of it is lost.
    pub(crate) fn insert(&mut self, id: MessageId, now: Instant, fate: Arc<Fate>) -> u64 {
        self.serial += 1;
        let entry = Entry {
            serial: self.serial,
            received: now,
            touched: now,
            fate,
        };
        if let Some(earlier) = self.entries.insert(id, entry) {
            earlier.fate.lose(LostReason::TimedOut);
        }
        self.serial
    }

    /// A delivery is answered. `false`: it is not ours any more, and nothing may be sent.
    pub(crate) fn answer(&mut self, id: MessageId, serial: u64) -> bool {
        let ours = self
            .entries
            .get(&id)
            .is_some_and(|entry| entry.serial == serial);
        if ours {
            self.entries.remove(&id);
        }
        ours
    }

    /// nsqd says that the message is not in flight here.
    pub(crate) fn lose(&mut self, id: MessageId) {
        if let Some(entry) = self.entries.remove(&id) {
            entry.fate.lose(LostReason::TimedOut);
        }
    }

    /// Nothing more can be answered. The ids are what was still in flight.
    pub(crate) fn lose_all(&mut self, reason: LostReason) -> Vec<MessageId> {
        let lost = |(id, entry): (MessageId, Entry)| {
            entry.fate.lose(reason);
            id
        };
        self.entries.drain().map(lost).collect()
    }

    /// Touches what has used a third of its timeout, and loses what has used all of it.
    pub(crate) fn tick(&mut self, now: Instant, mut touch: impl FnMut(MessageId)) {
        let (timeout, longest) = (self.msg_timeout, self.max_msg_timeout);
        self.entries.retain(|id, entry| {
            let deadline = (entry.touched + timeout).min(entry.received + longest);
            if now >= deadline {
                entry.fate.lose(LostReason::TimedOut);
                return false;
            }
            if now >= entry.touched + timeout / 3 && now < entry.fate.touch_until() {
                entry.touched = now;
                touch(*id);
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn id(n: u8) -> MessageId {
        MessageId::new([b'a' + n; 16]).unwrap()
    }

    /// To be touched for so many seconds from `start`.
    fn fate(start: Instant, seconds: u32) -> Arc<Fate> {
        Arc::new(Fate::new(start + seconds * SECOND))
    }

    /// Ticks as the owner does, from `from` for `time`; gives the times of touches.
    fn run(table: &mut InFlight, from: Instant, time: Duration) -> Vec<Duration> {
        let mut touches = Vec::new();
        let mut at = Duration::ZERO;
        while at < time {
            at += table.tick_every();
            table.tick(from + at, |_| touches.push(at));
        }
        touches
    }

    #[test]
    fn a_running_message_is_touched_well_before_each_timeout() {
        let start = Instant::now();
        let mut table = InFlight::new(3 * SECOND, 900 * SECOND);
        let fate = fate(start, 600);
        table.insert(id(0), start, fate.clone());
        let touches = run(&mut table, start, 60 * SECOND);
        assert!(touches[0] <= 3 * SECOND / 2);
        assert!(
            touches
                .windows(2)
                .all(|pair| pair[1] - pair[0] <= 3 * SECOND / 2)
        );
        assert_eq!(fate.lost(), None);
    }

    #[test]
    fn the_handler_is_told_when_the_touches_end() {
        let start = Instant::now();
        let mut table = InFlight::new(3 * SECOND, 900 * SECOND);
        let fate = fate(start, 10);
        let serial = table.insert(id(0), start, fate.clone());
        let touches = run(&mut table, start, 20 * SECOND);
        assert!(*touches.last().unwrap() < 10 * SECOND);
        assert_eq!(fate.lost(), Some(LostReason::TimedOut));
        assert!(
            !table.answer(id(0), serial),
            "a late FIN could hit the next delivery"
        );
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn touches_do_not_help_beyond_the_servers_longest_timeout() {
        let start = Instant::now();
        let mut table = InFlight::new(SECOND, 5 * SECOND);
        let fate = fate(start, 600);
        table.insert(id(0), start, fate.clone());
        run(&mut table, start, 4900 * SECOND / 1000);
        assert_eq!(fate.lost(), None);
        run(&mut table, start + 4900 * SECOND / 1000, SECOND);
        assert_eq!(fate.lost(), Some(LostReason::TimedOut));
    }

    #[test]
    fn a_second_delivery_ends_the_first() {
        let start = Instant::now();
        let mut table = InFlight::new(SECOND, 5 * SECOND);
        let (first, second) = (fate(start, 0), fate(start, 0));
        let one = table.insert(id(0), start, first.clone());
        let two = table.insert(id(0), start, second.clone());
        assert_eq!(first.lost(), Some(LostReason::TimedOut));
        assert!(!table.answer(id(0), one));
        assert_eq!(second.lost(), None);
        assert!(table.answer(id(0), two));
        assert!(!table.answer(id(0), two), "only once");
    }

    #[test]
    fn a_lost_connection_takes_everything_along() {
        let start = Instant::now();
        let mut table = InFlight::new(SECOND, 5 * SECOND);
        let fates = [fate(start, 0), fate(start, 0)];
        table.insert(id(0), start, fates[0].clone());
        table.insert(id(1), start, fates[1].clone());
        table.lose(id(1));
        assert_eq!(table.lose_all(LostReason::Disconnected), [id(0)]);
        assert_eq!(fates[0].lost(), Some(LostReason::Disconnected));
        assert_eq!(fates[1].lost(), Some(LostReason::TimedOut));
    }
}
