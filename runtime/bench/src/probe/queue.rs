//! Publishing and consuming, one connection.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::wire::{Frame, Wire, command, finish};
use crate::job::{Buffer, CHANNEL, Job, Measured, SIZE};
use crate::resources;

/// Puts `count` messages into a topic.
pub(crate) fn fill(nsqd: SocketAddr, topic: &str, size: usize, count: u64) -> io::Result<()> {
    let mut wire = Wire::connect(nsqd, Buffer::Default)?;
    let body = vec![b'x'; size];
    let mut left = count;
    while left > 0 {
        let now = u32::try_from(left.min(1000)).unwrap_or(1000);
        wire.publish_many(topic, &body, now)?;
        left -= u64::from(now);
    }
    Ok(())
}

pub(super) fn publish(job: &Job) -> io::Result<Measured> {
    let mut wire = Wire::connect(job.nsqd, job.buffer)?;
    let body = vec![b'x'; SIZE];
    let line = format!("PUB {}", job.topic);
    let cpu = resources::cpu_seconds("self")?;
    let begin = Instant::now();
    let end = Duration::from_millis(job.millis);
    for _ in 0..job.in_flight {
        wire.publish(&job.topic, &body);
    }
    let (mut acked, mut waiting) = (0, job.in_flight);
    while waiting > 0 {
        let more = begin.elapsed() < end;
        wire.turn(|_, out| {
            acked += 1;
            if more {
                command(out, &line, Some(&body));
            } else {
                waiting -= 1;
            }
        })?;
    }
    measured(acked, begin.elapsed(), cpu)
}

pub(super) fn consume(job: &Job) -> io::Result<Measured> {
    let cpu = resources::cpu_seconds("self")?;
    let mut wire = Wire::connect(job.nsqd, job.buffer)?;
    wire.subscribe(&job.topic, CHANNEL, job.in_flight)?;
    let (mut first, mut seen) = (None, 0);
    while seen < job.count {
        wire.turn(|frame, out| {
            if let Frame::Message { id, .. } = frame {
                first.get_or_insert_with(Instant::now);
                seen += 1;
                finish(out, id);
            }
        })?;
    }
    wire.flush()?;
    measured(
        seen,
        first.map_or(Duration::ZERO, |first| first.elapsed()),
        cpu,
    )
}

pub(super) fn hold(job: &Job) -> io::Result<Measured> {
    let cpu = resources::cpu_seconds("self")?;
    let mut wire = Wire::connect(job.nsqd, job.buffer)?;
    wire.subscribe(&job.topic, CHANNEL, job.in_flight)?;
    let begin = Instant::now();
    let mut held: Vec<Vec<u8>> = Vec::new();
    while (held.len() as u64) < job.count {
        wire.turn(|frame, _| {
            if let Frame::Message { body, .. } = frame {
                held.push(body.to_vec());
            }
        })?;
    }
    measured(held.len() as u64, begin.elapsed(), cpu)
}

fn measured(operations: u64, elapsed: Duration, cpu: f64) -> io::Result<Measured> {
    Ok(Measured {
        operations,
        seconds: elapsed.as_secs_f64(),
        cpu_seconds: resources::cpu_seconds("self")? - cpu,
        cpu_operations: operations,
        rss_kib: resources::rss_kib("self")?,
        ..Measured::default()
    })
}
