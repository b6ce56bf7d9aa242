//! Ids of messages: a time, a node and a sequence of each topic's own.

use super::Id;

const SEQUENCE_BITS: u32 = 12;
const SEQUENCE_MASK: i64 = (1 << SEQUENCE_BITS) - 1;
const TIME_SHIFT: u32 = SEQUENCE_BITS + 10;
/// nsqd's epoch in units of 2^20 ns.
const EPOCH: i64 = 1_288_834_974_288;

/// Makes the ids of one topic.
#[derive(Debug)]
pub(crate) struct Ids {
    node: i64,
    sequence: i64,
    last_time: i64,
    last_id: i64,
}

impl Ids {
    /// `node` is 0 to 1023.
    pub(crate) fn new(node: u16) -> Self {
        Self {
            node: i64::from(node) << SEQUENCE_BITS,
            sequence: 0,
            last_time: 0,
            last_id: 0,
        }
    }

    /// The next id. `None` when the clock stands behind the last one, or more than 4096 were made
    /// within about a millisecond: nsqd sleeps then, and tries again.
    pub(crate) fn next(&mut self, wall_ns: i64) -> Option<Id> {
        let time = wall_ns >> 20;
        if time < self.last_time {
            return None;
        }
        if time == self.last_time {
            self.sequence = (self.sequence + 1) & SEQUENCE_MASK;
            if self.sequence == 0 {
                return None;
            }
        } else {
            self.sequence = 0;
        }
        self.last_time = time;
        let id = ((time - EPOCH) << TIME_SHIFT) | self.node | self.sequence;
        if id <= self.last_id {
            return None;
        }
        self.last_id = id;
        Some(hex(id))
    }
}

fn hex(id: i64) -> Id {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    for (at, byte) in id.to_be_bytes().into_iter().enumerate() {
        text[2 * at] = DIGITS[usize::from(byte >> 4)];
        text[2 * at + 1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000_000_000;

    #[test]
    fn ids_are_unique_and_rise() {
        let mut ids = Ids::new(7);
        let made: Vec<Id> = (0..10_000)
            .filter_map(|step| ids.next(NOW + step * 1000))
            .collect();
        assert!(made.is_sorted() && made.len() > 4096);
        assert!(made.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(made[0].iter().all(u8::is_ascii_hexdigit));
    }

    #[test]
    fn a_millisecond_has_4096_and_a_clock_that_steps_back_has_none() {
        let mut ids = Ids::new(0);
        let within = (0..5000).filter_map(|_| ids.next(NOW)).count();
        assert_eq!(within, 4096);
        let mut ids = Ids::new(0);
        assert!(ids.next(NOW).is_some());
        assert!(ids.next(NOW - (1 << 20)).is_none());
        assert!(ids.next(NOW + (1 << 20)).is_some());
    }
}
