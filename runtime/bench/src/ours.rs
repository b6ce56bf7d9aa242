//! Our clients: `kubefuncs` for calls, `kubefuncs-nsq` for the rest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kubefuncs::{CallOptions, Client, Config, Context, Failure, Function, Raw};
use kubefuncs_nsq::{
    Channel, Consumer, ConsumerConfig, Discovery, OutputBuffer, Producer, ProducerConfig, Topic,
};

use crate::Fault;
use crate::job::{Buffer, CHANNEL, Job, Measured, SIZE, WARM_UP, Work};
use crate::resources;
use crate::samples::Samples;

pub(crate) fn run(job: &Job) -> Result<Measured, Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let cpu = resources::cpu_seconds("self")?;
    let mut measured = runtime.block_on(async {
        match job.work {
            Work::Call => call(job).await,
            Work::Publish => publish(job).await,
            Work::Consume => consume(job).await,
            Work::Hold => hold(job).await,
        }
    })?;
    measured.cpu_seconds = resources::cpu_seconds("self")? - cpu;
    Ok(measured)
}

/// Echoes a payload.
pub(crate) async fn echo(_: Context, payload: Raw) -> Result<Raw, Failure> {
    Ok(payload)
}

/// The configuration of a function and of a client, on one fixed nsqd.
fn config(job: &Job) -> Result<Config, Fault> {
    let (host, port) = (job.nsqd.ip().to_string(), job.nsqd.port().to_string());
    let concurrency = job.in_flight.clamp(16, 2500).to_string();
    Ok(Config::from_vars([
        ("NSQ_NSQD_ADDR", host.as_str()),
        ("NSQ_NSQD_PORT", &port),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ("TOPIC", &job.topic),
        ("CHANNEL", CHANNEL),
        ("KUBEFUNCS_TIMEOUT", "30s"),
        ("KUBEFUNCS_CONCURRENCY", &concurrency),
    ])?)
}

async fn call(job: &Job) -> Result<Measured, Fault> {
    let function = Function::start(config(job)?, echo).await?;
    function.ready().await;
    let client = Client::connect(config(job)?).await?;
    client.ready().await;
    let begin = Instant::now();
    let end = WARM_UP + Duration::from_millis(job.millis);
    let topic: Arc<str> = job.topic.as_str().into();
    let mut callers = Vec::new();
    for _ in 0..job.in_flight {
        let (client, topic) = (client.clone(), Arc::clone(&topic));
        callers.push(tokio::spawn(async move {
            let payload = Raw {
                bytes: Bytes::from_static(&[b'x'; SIZE]),
                ..Raw::default()
            };
            let (mut samples, mut all) = (Samples::default(), 0);
            loop {
                let sent = begin.elapsed();
                if sent >= end {
                    return Ok::<_, Fault>((samples, all));
                }
                client
                    .call(&topic, payload.clone(), CallOptions::new())
                    .await?;
                all += 1;
                let now = begin.elapsed();
                if now >= WARM_UP && now < end {
                    samples.push(now - sent);
                }
            }
        }));
    }
    let (mut samples, mut all) = (Samples::default(), 0);
    for caller in callers {
        let (of_one, count) = caller.await??;
        samples.append(of_one);
        all += count;
    }
    let [p50_us, p99_us] = samples.quantiles_us([0.5, 0.99]);
    Ok(Measured {
        operations: samples.len(),
        seconds: (end - WARM_UP).as_secs_f64(),
        p50_us,
        p99_us,
        cpu_operations: all,
        rss_kib: resources::rss_kib("self")?,
        ..Measured::default()
    })
}

async fn publish(job: &Job) -> Result<Measured, Fault> {
    let mut config = ProducerConfig::default();
    config.connection.output_buffer = buffer(job.buffer);
    let producer = Producer::start(config, &Discovery::fixed([job.nsqd.into()]));
    producer.ready().wait_for(|nodes| !nodes.is_empty()).await?;
    let topic = Topic::new(job.topic.clone())?;
    let begin = Instant::now();
    let end = Duration::from_millis(job.millis);
    let mut publishers = Vec::new();
    for _ in 0..job.in_flight {
        let (producer, topic) = (producer.clone(), topic.clone());
        publishers.push(tokio::spawn(async move {
            let body = Bytes::from_static(&[b'x'; SIZE]);
            let mut acked = 0;
            while begin.elapsed() < end {
                producer.publish(&topic, body.clone()).await?;
                acked += 1;
            }
            Ok::<_, Fault>(acked)
        }));
    }
    let mut acked = 0;
    for publisher in publishers {
        acked += publisher.await??;
    }
    counted(acked, begin.elapsed())
}

fn subscribe(job: &Job) -> Result<Consumer, Fault> {
    let names = (Topic::new(job.topic.clone())?, Channel::new(CHANNEL)?);
    let mut config = ConsumerConfig::new(names.0, names.1);
    config.max_in_flight = job.in_flight;
    config.connection.output_buffer = buffer(job.buffer);
    Ok(Consumer::start(
        config,
        &Discovery::fixed([job.nsqd.into()]),
    ))
}

async fn consume(job: &Job) -> Result<Measured, Fault> {
    let consumer = subscribe(job)?;
    let (mut first, mut last) = (None, None);
    for _ in 0..job.count {
        let delivery = consumer.recv().await.ok_or("the consumer has ended")?;
        first.get_or_insert_with(Instant::now);
        last = Some(delivery.finish());
    }
    let elapsed = first.map_or(Duration::ZERO, |first| first.elapsed());
    if let Some(last) = last {
        last.await;
    }
    counted(job.count, elapsed)
}

async fn hold(job: &Job) -> Result<Measured, Fault> {
    let consumer = subscribe(job)?;
    let begin = Instant::now();
    let mut held = Vec::new();
    for _ in 0..job.count {
        held.push(consumer.recv().await.ok_or("the consumer has ended")?);
    }
    counted(held.len() as u64, begin.elapsed())
}

fn buffer(buffer: Buffer) -> OutputBuffer {
    match buffer {
        Buffer::None => OutputBuffer::Unbuffered,
        Buffer::Default => OutputBuffer::ServerDefault,
        Buffer::Ms25 => OutputBuffer::Sized {
            bytes: 16 << 10,
            flush_every: Duration::from_millis(25),
        },
    }
}

fn counted(operations: u64, elapsed: Duration) -> Result<Measured, Fault> {
    Ok(Measured {
        operations,
        seconds: elapsed.as_secs_f64(),
        cpu_operations: operations,
        rss_kib: resources::rss_kib("self")?,
        ..Measured::default()
    })
}
