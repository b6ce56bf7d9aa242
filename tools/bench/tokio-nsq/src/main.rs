//! The client benchmarks of runtime/bench over tokio-nsq: the flags and the line of JSON are those
//! of `runtime/bench/src/job.rs`.
//!
//! It cannot choose nsqd's buffering, and writes what it sends on a timer, here the shortest: 1 ms.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_nsq::*;

const SIZE: usize = 200;
const WARM_UP: Duration = Duration::from_millis(300);

struct Job {
    nsqd: String,
    topic: String,
    in_flight: u32,
    millis: u64,
    count: u64,
}

#[derive(Default)]
struct Measured {
    operations: u64,
    seconds: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_operations: u64,
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let flags: HashMap<_, _> = args
        .chunks_exact(2)
        .map(|pair| (pair[0].trim_start_matches('-'), pair[1].as_str()))
        .collect();
    let number = |name: &str| flags[name].parse::<u64>().expect("a number");
    let job = Job {
        nsqd: flags["nsqd"].to_owned(),
        topic: flags["topic"].to_owned(),
        in_flight: number("in-flight") as u32,
        millis: number("millis"),
        count: number("count"),
    };
    let cpu = cpu_seconds();
    let measured = match flags["work"] {
        "call" => call(&job).await,
        "publish" => publish(&job).await,
        "consume" => consume(&job).await,
        "hold" => hold(&job).await,
        other => panic!("no such work: {other}"),
    };
    println!(
        r#"{{"operations":{},"seconds":{},"p50_us":{},"p99_us":{},"cpu_seconds":{},"cpu_operations":{},"rss_kib":{}}}"#,
        measured.operations,
        measured.seconds,
        measured.p50_us,
        measured.p99_us,
        cpu_seconds() - cpu,
        measured.cpu_operations,
        rss_kib(),
    );
    // It does not end by itself while its connections live.
    std::process::exit(0);
}

fn shared() -> NSQConfigShared {
    NSQConfigShared::new().set_flush_interval(Duration::from_millis(1))
}

async fn producer(job: &Job) -> NSQProducer {
    let mut producer = NSQProducerConfig::new(job.nsqd.clone())
        .set_shared(shared())
        .build();
    while !matches!(producer.consume().await, Some(NSQEvent::Healthy())) {}
    producer
}

async fn consumer(job: &Job, topic: &str) -> NSQConsumer {
    let (topic, channel) = (NSQTopic::new(topic), NSQChannel::new("c"));
    NSQConsumerConfig::new(topic.expect("a topic"), channel.expect("a channel"))
        .set_max_in_flight(job.in_flight)
        .set_sources(NSQConsumerConfigSources::Daemons(vec![job.nsqd.clone()]))
        .set_shared(shared())
        // RDY is 1 until the first of these.
        .set_rebalance_interval(Duration::from_millis(50))
        .build()
}

async fn call(job: &Job) -> Measured {
    let name = format!("{}-replies", job.topic);
    let replies = NSQTopic::new(name.clone()).expect("a topic");
    let mut answers = consumer(job, &name).await;
    let mut requests = consumer(job, &job.topic).await;
    let mut function = producer(job).await;
    let mut caller = producer(job).await;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(request) = requests.consume_filtered() => {
                    let body = request.body.clone();
                    function.publish(&replies, body).await.expect("published");
                    request.finish().await;
                }
                _ = function.consume() => {}
            }
        }
    });
    let topic: Arc<NSQTopic> = NSQTopic::new(job.topic.clone()).expect("a topic");
    let begin = Instant::now();
    let end = WARM_UP + Duration::from_millis(job.millis);
    let request = |now: Duration| {
        let mut body = vec![b'x'; SIZE];
        body[..8].copy_from_slice(&(now.as_nanos() as u64).to_be_bytes());
        body
    };
    for _ in 0..job.in_flight {
        let body = request(begin.elapsed());
        caller.publish(&topic, body).await.expect("published");
    }
    let (mut latencies, mut all) = (Vec::new(), 0);
    let over = tokio::time::sleep(end);
    tokio::pin!(over);
    loop {
        tokio::select! {
            Some(answer) = answers.consume_filtered() => {
                let now = begin.elapsed();
                let sent = u64::from_be_bytes(answer.body[..8].try_into().expect("8 bytes"));
                answer.finish().await;
                all += 1;
                if now >= WARM_UP {
                    latencies.push(now.as_nanos() as u64 - sent);
                }
                caller.publish(&topic, request(now)).await.expect("published");
            }
            _ = caller.consume() => {}
            () = &mut over => break,
        }
    }
    latencies.sort_unstable();
    let quantile = |share: f64| {
        let at = (share * latencies.len().saturating_sub(1) as f64) as usize;
        latencies.get(at).map_or(0.0, |nanos| *nanos as f64 / 1e3)
    };
    Measured {
        operations: latencies.len() as u64,
        seconds: job.millis as f64 / 1e3,
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
        cpu_operations: all,
    }
}

async fn publish(job: &Job) -> Measured {
    let mut producer = producer(job).await;
    let topic = NSQTopic::new(job.topic.clone()).expect("a topic");
    let body = vec![b'x'; SIZE];
    let begin = Instant::now();
    let end = Duration::from_millis(job.millis);
    for _ in 0..job.in_flight {
        producer
            .publish(&topic, body.clone())
            .await
            .expect("published");
    }
    let (mut acked, mut waiting) = (0, job.in_flight);
    while waiting > 0 {
        match producer.consume().await {
            Some(NSQEvent::Ok()) => acked += 1,
            other => panic!("{other:?}"),
        }
        if begin.elapsed() < end {
            producer
                .publish(&topic, body.clone())
                .await
                .expect("published");
        } else {
            waiting -= 1;
        }
    }
    counted(acked, begin.elapsed())
}

async fn consume(job: &Job) -> Measured {
    let mut consumer = consumer(job, &job.topic).await;
    let mut first = None;
    for _ in 0..job.count {
        let message = consumer.consume_filtered().await.expect("a message");
        first.get_or_insert_with(Instant::now);
        message.finish().await;
    }
    counted(
        job.count,
        first.map_or(Duration::ZERO, |first| first.elapsed()),
    )
}

async fn hold(job: &Job) -> Measured {
    let mut consumer = consumer(job, &job.topic).await;
    let begin = Instant::now();
    let mut held = Vec::new();
    for _ in 0..job.count {
        held.push(consumer.consume_filtered().await.expect("a message"));
    }
    let measured = counted(held.len() as u64, begin.elapsed());
    // Dropped, they would be sent back before memory is looked at.
    std::mem::forget(held);
    measured
}

fn counted(operations: u64, elapsed: Duration) -> Measured {
    Measured {
        operations,
        seconds: elapsed.as_secs_f64(),
        cpu_operations: operations,
        ..Measured::default()
    }
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .map(|field| field.parse::<f64>().expect("ticks"))
        .sum::<f64>()
        / 100.0
}

fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.expect("VmRSS")
}
