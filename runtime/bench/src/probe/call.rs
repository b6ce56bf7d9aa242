//! Calls: requests to a topic, answers to another, both on the connection that subscribes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::wire::{Frame, Wire, command, finish};
use crate::job::{Buffer, CHANNEL, Job, Measured, SIZE, WARM_UP};
use crate::resources;
use crate::samples::Samples;

pub(super) fn run(job: &Job) -> io::Result<Measured> {
    let over = AtomicBool::new(false);
    let replies = format!("{}-replies", job.topic);
    let connections = job.connections.min(job.in_flight);
    // Handshakes first, so that nobody waits for a subscription.
    let mut functions = Vec::new();
    let mut callers = Vec::new();
    for number in 0..connections {
        let share = share(job.in_flight, connections, number);
        // A full window makes nsqd write: with RDY 1 each message, whatever the buffer.
        let ready = if job.buffer == Buffer::Default {
            1
        } else {
            share
        };
        let mut function = Wire::connect(job.nsqd, job.buffer)?;
        function.subscribe(&job.topic, CHANNEL, ready)?;
        functions.push(function);
        let mut caller = Wire::connect(job.nsqd, job.buffer)?;
        caller.subscribe(&replies, CHANNEL, ready)?;
        callers.push((caller, share));
    }
    let begin = Instant::now();
    let cpu = resources::cpu_seconds("self")?;
    let end = WARM_UP + Duration::from_millis(job.millis);
    let (mut samples, mut all) = (Samples::default(), 0);
    thread::scope(|scope| {
        for function in functions {
            scope.spawn(|| answer(function, &replies, &over));
        }
        let callers: Vec<_> = callers
            .into_iter()
            .map(|(caller, share)| scope.spawn(move || call(caller, share, &job.topic, begin, end)))
            .collect();
        for caller in callers {
            let (of_one, count) = caller.join().expect("a caller's thread")?;
            samples.append(of_one);
            all += count;
        }
        over.store(true, Ordering::Relaxed);
        io::Result::Ok(())
    })?;
    let [p50_us, p99_us] = samples.quantiles_us([0.5, 0.99]);
    Ok(Measured {
        operations: samples.len(),
        seconds: (end - WARM_UP).as_secs_f64(),
        p50_us,
        p99_us,
        cpu_seconds: resources::cpu_seconds("self")? - cpu,
        cpu_operations: all,
        rss_kib: resources::rss_kib("self")?,
    })
}

fn share(all: u32, parts: u32, number: u32) -> u32 {
    all / parts + u32::from(number < all % parts)
}

/// Echoes each request and finishes it, in one write.
pub(super) fn answer(mut wire: Wire, replies: &str, over: &AtomicBool) -> io::Result<()> {
    let line = format!("PUB {replies}");
    while !over.load(Ordering::Relaxed) {
        wire.turn(|frame, out| {
            if let Frame::Message { id, body } = frame {
                command(out, &line, Some(body));
                finish(out, id);
            }
        })?;
    }
    Ok(())
}

/// Each answer, whoever asked, is followed by a request, until the end. Gives the latencies after
/// the warm-up, and the number of all answers.
fn call(
    mut wire: Wire,
    in_flight: u32,
    topic: &str,
    begin: Instant,
    end: Duration,
) -> io::Result<(Samples, u64)> {
    let line = format!("PUB {topic}");
    let request = |now: Duration| {
        let mut body = vec![b'x'; SIZE];
        body[..8].copy_from_slice(&(now.as_nanos() as u64).to_be_bytes());
        body
    };
    let (mut samples, mut all) = (Samples::default(), 0);
    for _ in 0..in_flight {
        wire.publish(topic, &request(begin.elapsed()));
    }
    while begin.elapsed() < end {
        wire.turn(|frame, out| {
            let Frame::Message { id, body } = frame else {
                return;
            };
            let now = begin.elapsed();
            finish(out, id);
            let sent = body
                .first_chunk()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes));
            all += 1;
            if now >= WARM_UP && now < end {
                samples.push(now.saturating_sub(Duration::from_nanos(sent)));
            }
            if now < end {
                command(out, &line, Some(&request(now)));
            }
        })?;
    }
    Ok((samples, all))
}
