//! One subscription: its window and what it has done.

/// A client as its channel sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consumer {
    /// RDY: deliveries go on while fewer are in flight.
    ready: i64,
    in_flight: i64,
    messages: u64,
    finished: u64,
    requeued: u64,
    /// Is among those who wait for a message.
    pub(crate) waiting: bool,
}

impl Consumer {
    pub(crate) fn has_room(&self) -> bool {
        self.ready > 0 && self.in_flight < self.ready
    }

    /// Whether this changed anything.
    pub(crate) fn set_ready(&mut self, count: i64) -> bool {
        std::mem::replace(&mut self.ready, count) != count
    }

    pub(crate) fn sent(&mut self) {
        self.in_flight += 1;
        self.messages += 1;
    }

    pub(crate) fn finished(&mut self) {
        self.in_flight -= 1;
        self.finished += 1;
    }

    pub(crate) fn requeued(&mut self) {
        self.in_flight -= 1;
        self.requeued += 1;
    }

    pub(crate) fn timed_out(&mut self) {
        self.in_flight -= 1;
    }

    /// Its channel was emptied.
    pub(crate) fn forget(&mut self) {
        self.in_flight = 0;
    }

    pub(crate) fn counts(&self) -> ConsumerCounts {
        ConsumerCounts {
            ready: self.ready,
            in_flight: self.in_flight,
            messages: self.messages,
            finished: self.finished,
            requeued: self.requeued,
        }
    }
}

/// What `/stats` shows of a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsumerCounts {
    pub(crate) ready: i64,
    pub(crate) in_flight: i64,
    pub(crate) messages: u64,
    pub(crate) finished: u64,
    pub(crate) requeued: u64,
}
