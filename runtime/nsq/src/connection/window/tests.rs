//! The window against an nsqd in miniature: a queue, a buffer that is written when the window is
//! full, and a wire that takes a while.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// One step of the simulation, and how long the wire takes each way.
const STEP: Duration = Duration::from_micros(50);
const GRANTED: u32 = 500;
/// nsqd's clock has nothing to do with ours.
const AHEAD: i64 = 1_700_000_000_000_000_000;

/// nsqd, without its timer: whatever only the timer would write is never written.
#[derive(Default)]
struct Nsqd {
    queue: VecDeque<u64>,
    buffer: Vec<u64>,
    in_flight: u32,
    ready: u32,
}

impl Nsqd {
    /// What it writes now, if anything.
    fn pump(&mut self) -> Vec<u64> {
        while self.in_flight < self.ready {
            let Some(message) = self.queue.pop_front() else {
                return Vec::new();
            };
            self.in_flight += 1;
            self.buffer.push(message);
        }
        std::mem::take(&mut self.buffer)
    }
}

/// What is on its way: messages to us; to nsqd a window and so many answers.
type Wire = (Vec<u64>, Option<u32>, u32);

/// What a run shows.
#[derive(Debug, Default)]
struct Shown {
    /// The longest from a message's publish to its arrival, in steps.
    longest: u64,
    arrived: usize,
    /// How often nsqd wrote.
    writes: usize,
    /// How often it was told a window.
    told: usize,
}

/// Publishes so many messages at each step, and answers each `handling` steps after its arrival.
fn run(published: &[u32], handling: u64) -> Shown {
    let start = Instant::now();
    let mut window = Window::new(true, start);
    window.grant(GRANTED);
    let (mut nsqd, mut shown) = (Nsqd::default(), Shown::default());
    let mut handled: VecDeque<u64> = VecDeque::new();
    let (mut in_flight, mut on_wire) = (0, Default::default());
    let last = published.len() as u64;
    for step in 0..last + 2_000 {
        let now = start + STEP * u32::try_from(step).unwrap();
        // What was written a step ago arrives.
        let (messages, ready, answers): Wire = std::mem::take(&mut on_wire);
        nsqd.ready = ready.unwrap_or(nsqd.ready);
        nsqd.in_flight -= answers;
        if let [first, .., last] | [first @ last] = messages[..] {
            let took = [first, last].map(|at| AHEAD + (STEP.as_nanos() as i64) * at as i64);
            let count = messages.len() as u32;
            in_flight += count;
            window.arrived(took, count, in_flight, now);
            shown.arrived += messages.len();
            shown.longest = shown.longest.max(step - first);
            handled.extend(messages.iter().map(|_| step + handling));
        }
        // Handlers that end.
        let mut answers = 0;
        while handled.front().is_some_and(|end| *end <= step) {
            handled.pop_front();
            answers += 1;
        }
        in_flight -= answers;
        window.tick(in_flight, now);
        let ready = window.turn(in_flight, answers > 0, now);
        assert!(ready.is_none_or(|ready| ready <= GRANTED));
        shown.told += usize::from(ready.is_some());
        // nsqd's side.
        let new = published.get(step as usize).copied().unwrap_or(0);
        nsqd.queue.extend((0..new).map(|_| step));
        let written = nsqd.pump();
        shown.writes += usize::from(!written.is_empty());
        on_wire = (written, ready, answers);
    }
    shown
}

#[test]
fn a_lone_message_comes_at_once_and_nothing_more_is_said() {
    // One each 10 ms, handled within 100 µs.
    let published: Vec<u32> = (0..4_000)
        .map(|step| u32::from(step % 200 == 100))
        .collect();
    let shown = run(&published, 2);
    assert_eq!(shown.arrived, 20);
    assert_eq!(shown.longest, 1, "{shown:?}");
    assert!(shown.told <= 2, "{shown:?}");
}

#[test]
fn messages_that_overlap_do_not_wait_for_each_other() {
    // One each millisecond, each handled for 10 ms: once that is seen, none waits.
    let published: Vec<u32> = (0..4_000).map(|step| u32::from(step % 20 == 10)).collect();
    let shown = run(&published, 200);
    assert_eq!(shown.arrived, 200);
    assert!(shown.longest <= 40, "{shown:?}");
}

#[test]
fn many_are_written_together() {
    let published = vec![4; 4_000];
    let shown = run(&published, 1);
    assert_eq!(shown.arrived, 16_000);
    assert!(shown.writes * 4 < shown.arrived, "{shown:?}");
    assert!(shown.longest <= 100, "{shown:?}");
}

proptest! {
    /// Whatever comes, however it is handled: everything arrives without nsqd's timer, and as fast
    /// as the wire, a look at the clock and a few windows take.
    #[test]
    fn nothing_is_left_in_the_buffer(
        bursts in prop::collection::vec((1u32..60, 1usize..200), 1..20),
        handling in 0u64..100,
    ) {
        let mut published = Vec::new();
        for (count, pause) in bursts {
            published.push(count);
            published.resize(published.len() + pause, 0);
        }
        let all: u32 = published.iter().sum();
        let shown = run(&published, handling);
        prop_assert_eq!(shown.arrived, all as usize);
        prop_assert!(shown.longest <= 200, "{:?}", shown);
    }
}

#[test]
fn a_window_that_follows_nothing_is_what_is_granted() {
    let now = Instant::now();
    let mut window = Window::new(false, now);
    window.grant(7);
    assert_eq!(window.turn(0, false, now), Some(7));
    window.arrived([1, 2], 7, 7, now);
    assert_eq!(window.turn(7, true, now), None);
    assert_eq!(window.deadline(7), None);
    window.grant(0);
    assert_eq!(window.turn(7, false, now), Some(0));
}
