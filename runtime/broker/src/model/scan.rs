//! The scan for what is due: a random pick of channels, again while many of them had work.

use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};

use super::Nsqd;
use crate::clock::Now;

/// The channels that are scanned, which lag behind those that exist, and the dice.
#[derive(Debug)]
pub(crate) struct Scan {
    channels: Vec<(TopicName, ChannelName)>,
    dice: Dice,
}

impl Scan {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            channels: Vec::new(),
            dice: Dice(seed | 1),
        }
    }

    pub(crate) fn forget(&mut self) {
        self.channels.clear();
    }

    /// Dice of their own, so that the model can be borrowed meanwhile.
    pub(crate) fn dice(&mut self) -> Dice {
        Dice(self.dice.next() | 1)
    }
}

impl Nsqd {
    /// Looks which channels there are; a younger one is not scanned.
    pub(crate) fn refresh_scan(&mut self) {
        let channels = self.topics.iter().flat_map(|(topic, state)| {
            state
                .channels
                .keys()
                .map(|channel| (topic.clone(), channel.clone()))
        });
        self.scan.channels = channels.collect();
    }

    /// Scans `queue_scan_selection_count` channels, and as many again while over a quarter of
    /// them had something due.
    pub(crate) fn scan(&mut self, now: Now) {
        let most = self.config.nsqd.queue_scan_selection_count;
        let picked = most.min(self.scan.channels.len());
        loop {
            self.scan
                .dice
                .shuffle_front(&mut self.scan.channels, picked);
            let mut dirty = 0;
            for at in 0..picked {
                let (topic, channel) = &self.scan.channels[at];
                let found = self.topics.get_mut(topic);
                let found = found.and_then(|topic| topic.channels.get_mut(channel));
                if found.is_some_and(|channel| channel.expire(now, &mut self.effects)) {
                    dirty += 1;
                }
            }
            if dirty * 4 <= picked {
                return;
            }
        }
    }
}

/// A small generator (xorshift64): for picks, not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 0 to `bound` - 1; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // The high bits are the better ones, and the remainder is below `bound`.
        ((self.next() >> 16) % bound.max(1) as u64) as usize
    }

    fn shuffle_front<T>(&mut self, things: &mut [T], count: usize) {
        for at in 0..count.min(things.len()) {
            let other = at + self.below(things.len() - at);
            things.swap(at, other);
        }
    }
}
