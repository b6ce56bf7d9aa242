use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

fn joined(max: u32, connections: u64) -> (Ready, Instant) {
    let now = Instant::now();
    let mut ready = Ready::new(max);
    (0..connections).for_each(|key| ready.join(key, 2500, now));
    (ready, now)
}

/// Windows by key, after a plan.
fn windows(ready: &Ready) -> BTreeMap<u64, u32> {
    ready
        .members
        .iter()
        .map(|member| (member.key, member.told))
        .collect()
}

fn planned(ready: &mut Ready, now: Instant) -> Vec<u32> {
    ready.plan(now);
    windows(ready).into_values().collect()
}

#[test]
fn the_remainder_is_spread() {
    let (mut ready, now) = joined(10, 3);
    assert_eq!(planned(&mut ready, now), [4, 3, 3]);
    assert_eq!(ready.look_again(), None);
    ready.leave(0);
    assert_eq!(planned(&mut ready, now), [5, 5]);
}

#[test]
fn only_changes_are_told_and_those_that_shrink_come_first() {
    let (mut ready, now) = joined(4, 1);
    assert_eq!(ready.plan(now), [(0, 4)]);
    assert_eq!(ready.plan(now), []);
    ready.join(1, 2500, now);
    assert_eq!(ready.plan(now), [(0, 2), (1, 2)]);
    ready.leave(1);
    assert_eq!(ready.plan(now), [(0, 4)]);
}

#[test]
fn nothing_flows_at_zero_and_everything_again_after() {
    let (mut ready, now) = joined(10, 3);
    ready.plan(now);
    ready.set_max(0);
    assert_eq!(planned(&mut ready, now), [0, 0, 0]);
    assert_eq!(ready.look_again(), None);
    ready.set_max(3);
    assert_eq!(planned(&mut ready, now), [1, 1, 1]);
}

#[test]
fn a_newcomer_gets_only_what_the_others_do_not_hold() {
    let (mut ready, now) = joined(10, 1);
    ready.plan(now);
    ready.observe(0, 9, 9, now);
    ready.join(1, 2500, now);
    assert_eq!(planned(&mut ready, now), [5, 1]);
    assert!(ready.look_again().is_some());
    ready.observe(0, 2, 9, now);
    assert_eq!(planned(&mut ready, now), [5, 5]);
    assert_eq!(ready.look_again(), None);
}

#[test]
fn a_server_that_takes_less_leaves_more_for_the_others() {
    let now = Instant::now();
    let mut ready = Ready::new(10);
    ready.join(0, 2, now);
    ready.join(1, 2500, now);
    assert_eq!(planned(&mut ready, now), [2, 8]);
}

#[test]
fn with_one_message_for_four_idle_connections_each_has_its_turn_soon() {
    let (mut ready, start) = joined(1, 4);
    let mut last = BTreeMap::new();
    for tick in 0..100 {
        let now = start + PROBE * tick;
        ready.plan(now);
        let holders: Vec<_> = windows(&ready)
            .into_iter()
            .filter(|(_, w)| *w > 0)
            .collect();
        assert_eq!(holders.len(), 1);
        last.insert(holders[0].0, now);
        if tick >= 4 {
            assert!(last.len() == 4 && last.values().all(|at| now - *at <= 4 * PROBE));
        }
    }
}

#[test]
fn a_busy_connection_keeps_most_of_the_time_but_not_all_of_it() {
    let (mut ready, start) = joined(1, 4);
    let (mut busy, mut delivered, mut last) = (0, 0, BTreeMap::new());
    for tick in 0..500 {
        let now = start + PROBE * tick;
        ready.observe(2, 0, delivered, now);
        ready.plan(now);
        let holder = windows(&ready).into_iter().find(|(_, w)| *w > 0).unwrap().0;
        if holder == 2 {
            busy += 1;
            delivered += 1;
        }
        last.insert(holder, now);
        assert!(last.values().all(|at| now - *at <= CYCLE));
    }
    assert_eq!(last.len(), 4);
    assert!(busy > 300, "{busy} of 500");
}

#[test]
fn a_long_handler_blocks_no_turn_of_the_others() {
    let (mut ready, start) = joined(2, 3);
    ready.plan(start);
    ready.observe(0, 1, 1, start);
    let mut seen = BTreeMap::new();
    for tick in 1..200 {
        let now = start + 10 * MS * tick;
        ready.plan(now);
        let windows = windows(&ready);
        let claims: u32 = windows
            .iter()
            .map(|(k, w)| if *k == 0 { 1.max(*w) } else { *w })
            .sum();
        assert!(claims <= 2);
        windows
            .into_iter()
            .filter(|(_, w)| *w > 0)
            .for_each(|(k, _)| _ = seen.insert(k, ()));
    }
    assert!(seen.contains_key(&1) && seen.contains_key(&2));
}

proptest! {
    #[test]
    fn shares_are_exact_and_equal(max in 0u32..5000, connections in 1u64..40) {
        let (mut ready, now) = joined(max, connections);
        let windows = planned(&mut ready, now);
        prop_assert_eq!(windows.iter().sum::<u32>(), max.min(2500 * connections as u32));
        prop_assert!(windows.iter().max().unwrap() - windows.iter().min().unwrap() <= 1);
    }

    /// Whatever joins, leaves, is delivered or answered: what nsqd may deliver is never more than
    /// allowed beyond what it delivered already.
    #[test]
    fn the_bound_holds_through_any_history(
        steps in prop::collection::vec((0u8..5, 0u64..8, 0u32..12), 1..80),
    ) {
        let mut now = Instant::now();
        let mut ready = Ready::new(5);
        let mut in_flight: BTreeMap<u64, u32> = BTreeMap::new();
        for (kind, key, n) in steps {
            now += PROBE / 2;
            match kind {
                0 if !in_flight.contains_key(&key) => {
                    in_flight.insert(key, 0);
                    ready.join(key, 2500, now);
                }
                1 => {
                    in_flight.remove(&key);
                    ready.leave(key);
                }
                2 => ready.set_max(n),
                3 => if let Some(count) = in_flight.get_mut(&key) {
                    // nsqd delivers up to the window.
                    *count = (*count).max(windows(&ready)[&key].min(*count + n));
                    ready.observe(key, *count, u64::from(n), now);
                },
                _ => if let Some(count) = in_flight.get_mut(&key) {
                    *count = count.saturating_sub(n);
                    ready.observe(key, *count, 0, now);
                },
            }
            let before: u32 = in_flight.values().sum();
            ready.plan(now);
            let possible: u32 = windows(&ready).iter().map(|(k, w)| (*w).max(in_flight[k])).sum();
            prop_assert!(possible <= ready.max.max(before), "{possible} > {}", ready.max);
        }
    }
}
