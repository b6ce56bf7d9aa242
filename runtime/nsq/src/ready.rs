//! RDY is decided here: how many messages each connection of a consumer may have in flight.
//!
//! RDY is a window: nsqd delivers to a connection while fewer than RDY messages are in flight
//! there. All windows together never exceed the consumer's `max_in_flight`, exactly; a remainder is
//! spread. With fewer messages allowed than there are connections, windows of one go around: a
//! connection keeps its turn while messages come and gives it up soon when none do, and none waits
//! longer than [`CYCLE`] for its turn.
//!
//! What nsqd had chosen to send before it read a smaller window still arrives; the consumer holds
//! it until a handler is free, and it counts here meanwhile.
//!
//! Pure: the consumer says what happened and when, and sends the windows that [`Ready::plan`]
//! gives.

use std::time::Duration;

use tokio::time::Instant;

/// How long one round of turns takes at most, when handlers leave room.
const CYCLE: Duration = Duration::from_secs(1);
/// How long a turn lasts on a connection that delivers nothing, and how often turns are looked at.
const PROBE: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Member {
    key: u64,
    /// The largest window its nsqd takes.
    cap: u32,
    /// The window it was told last.
    told: u32,
    in_flight: u32,
    delivered: u64,
    /// When its turn began.
    turn: Instant,
    /// When it last delivered.
    busy: Instant,
}

impl Member {
    /// A window of one. It takes of what is free only if nothing is in flight yet.
    fn grant(&self, free: &mut u32) -> u32 {
        if self.in_flight == 0 && *free == 0 {
            return 0;
        }
        *free -= u32::from(self.in_flight == 0);
        1
    }
}

/// The windows of all connections of one consumer.
#[derive(Debug)]
pub(crate) struct Ready {
    max: u32,
    /// In the order in which they wait for a turn.
    members: Vec<Member>,
    unsettled: bool,
}

impl Ready {
    pub(crate) fn new(max: u32) -> Self {
        Self {
            max,
            members: Vec::new(),
            unsettled: false,
        }
    }

    pub(crate) fn set_max(&mut self, max: u32) {
        self.max = max;
    }

    /// A connection is subscribed; its window is 0, as nsqd has it.
    pub(crate) fn join(&mut self, key: u64, cap: u32, now: Instant) {
        let (told, in_flight, delivered) = (0, 0, 0);
        self.members.push(Member {
            key,
            cap,
            told,
            in_flight,
            delivered,
            turn: now,
            busy: now,
        });
    }

    pub(crate) fn leave(&mut self, key: u64) {
        self.members.retain(|member| member.key != key);
    }

    /// What a connection has in flight, and how many messages it delivered since it joined.
    pub(crate) fn observe(&mut self, key: u64, in_flight: u32, delivered: u64, now: Instant) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == key) {
            member.in_flight = in_flight;
            if member.delivered != delivered {
                member.delivered = delivered;
                member.busy = now;
            }
        }
    }

    /// When to observe and plan again though nothing joined or left.
    pub(crate) fn look_again(&self) -> Option<Duration> {
        self.unsettled.then_some(PROBE)
    }

    /// The windows that change.
    pub(crate) fn plan(&mut self, now: Instant) -> Vec<(u64, u32)> {
        let rotating = (self.max as usize) < self.members.len() && self.max > 0;
        let windows = if rotating {
            self.turns(now)
        } else {
            self.shares()
        };
        self.unsettled |= rotating;
        let mut changes = Vec::new();
        for (member, window) in self.members.iter_mut().zip(windows) {
            if member.told != window {
                member.told = window;
                changes.push((member.key, window));
            }
        }
        // Windows shrink before others grow, so that the sum is not exceeded in between either.
        changes.sort_by_key(|(_, window)| *window);
        changes
    }

    /// An equal share for each. What one still has in flight beyond its share is taken from the
    /// others'.
    fn shares(&mut self) -> Vec<u32> {
        let caps: Vec<u32> = self.members.iter().map(|member| member.cap).collect();
        let mut windows = share(self.max, &caps);
        let over = |(member, window): (&Member, &u32)| member.in_flight.saturating_sub(*window);
        let mut excess: u32 = self.members.iter().zip(&windows).map(over).sum();
        self.unsettled = excess > 0;
        while excess > 0 {
            let spare = |n: &usize| windows[*n].saturating_sub(self.members[*n].in_flight);
            let Some(most) = (0..windows.len())
                .max_by_key(spare)
                .filter(|n| spare(n) > 0)
            else {
                break;
            };
            windows[most] -= 1;
            excess -= 1;
        }
        windows
    }

    /// Windows of one for as many as are allowed.
    fn turns(&mut self, now: Instant) -> Vec<u32> {
        let turn = CYCLE
            / u32::try_from(self.members.len())
                .unwrap_or(u32::MAX)
                .div_ceil(self.max);
        let (keep, over): (Vec<_>, Vec<_>) = self.members.drain(..).partition(|member| {
            let idle = member.in_flight == 0 && now >= member.turn.max(member.busy) + PROBE;
            member.told == 0 || !(idle || now >= member.turn + turn)
        });
        // Those whose turn is over wait behind all others.
        let still = keep.len();
        self.members = keep.into_iter().chain(over).collect();

        let in_flight = self.members.iter().map(|member| member.in_flight).sum();
        let mut free = self.max.saturating_sub(in_flight);
        let mut windows = vec![0; self.members.len()];
        // Those whose turn goes on come first; then the others, in the order in which they wait.
        for (member, window) in self.members[..still].iter().zip(&mut windows) {
            if member.told > 0 {
                *window = member.grant(&mut free);
            }
        }
        for (n, (member, window)) in self.members.iter_mut().zip(&mut windows).enumerate() {
            let waits = n >= still || member.told == 0;
            if waits && member.in_flight == 0 && member.cap > 0 && free > 0 {
                *window = member.grant(&mut free);
                member.turn = now;
            }
        }
        windows
    }
}

/// Splits `max` into parts as equal as the caps allow; the sum is `max` unless all are at their
/// caps.
fn share(max: u32, caps: &[u32]) -> Vec<u32> {
    let mut shares = vec![0; caps.len()];
    let mut left = max;
    loop {
        let open: Vec<usize> = (0..caps.len()).filter(|n| shares[*n] < caps[*n]).collect();
        if open.is_empty() || left == 0 {
            return shares;
        }
        let each = (left / u32::try_from(open.len()).unwrap_or(u32::MAX)).max(1);
        for n in open {
            let part = each.min(caps[n] - shares[n]).min(left);
            shares[n] += part;
            left -= part;
        }
    }
}

#[cfg(test)]
mod tests;
