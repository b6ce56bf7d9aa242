use kubefuncs::Channel;
use kubefuncs::messages::{Any, Event};
use kubefuncs_broker::{Broker, BrokerConfig};
use kubefuncs_nsq::{Consumer, ConsumerConfig, Discovery};
use kubefunctl::{File, Options};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::log::Tags;

/// Nothing here should take this long; a test that waits for it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that stands until it is set, and tells what it is waited for.
struct Hand {
    now: watch::Receiver<Timestamp>,
    waits: watch::Sender<Option<Timestamp>>,
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn reached(&self, time: Timestamp) {
        self.waits.send_replace(Some(time));
        let mut now = self.now.clone();
        now.wait_for(|now| *now >= time).await.unwrap();
    }
}

/// A schedule that runs, and whoever gets what it sends.
struct Stage {
    broker: Broker,
    consumer: Consumer,
    clock: watch::Sender<Timestamp>,
    waits: watch::Receiver<Option<Timestamp>>,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn functions(entry: &str, raw: bool) -> String {
    let payload = if raw { "raw" } else { "event" };
    format!(
        "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: jobs\n  payload: {payload}\n  \
         schedule: [{entry}]\n"
    )
}

fn file(text: &str) -> File {
    File {
        name: "functions.yaml".to_owned(),
        bytes: text.into(),
    }
}

/// The one schedule of a file, as the compiler reads it.
fn schedule(entry: &str, raw: bool) -> Schedule {
    let local = kubefunctl::local(&[file(&functions(entry, raw))], &Options::default()).unwrap();
    Schedule::of(&local.functions[0]).next().unwrap()
}

impl Stage {
    async fn new(schedule: Schedule, now: &str) -> Self {
        let broker = Broker::start(BrokerConfig::default()).await.unwrap();
        let nsqd = kubefuncs::Address::from(broker.addresses().tcp);
        let topic = Topic::new("jobs").unwrap();
        let consumer = Consumer::start(
            ConsumerConfig::new(topic, Channel::new("test").unwrap()),
            &Discovery::fixed([nsqd.clone()]),
        );
        let vars = [
            ("NSQ_NSQD_ADDR", nsqd.host().to_owned()),
            ("NSQ_NSQD_PORT", nsqd.port().to_string()),
        ];
        let config = Config::from_vars(vars).unwrap();
        let (clock, time) = watch::channel(at(now));
        let (waiting, waits) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        let hand = Hand {
            now: time,
            waits: waiting,
        };
        let log = Log::new();
        let tag = Tags::default().of("jobs", &log);
        let done = tokio::spawn(run(schedule, hand, config, (log, tag), stopped));
        Self {
            broker,
            consumer,
            clock,
            waits,
            stop,
            done,
        }
    }

    /// Waits until it waits for this.
    async fn waits_for(&mut self, time: &str) {
        let wanted = Some(at(time));
        let waits = self.waits.wait_for(|time| *time == wanted);
        let waited = tokio::time::timeout(PATIENCE, waits).await;
        assert!(waited.is_ok(), "it never waits for {time}");
    }

    fn set(&self, time: &str) {
        self.clock.send_replace(at(time));
    }

    async fn message(&self) -> Bytes {
        let delivery = tokio::time::timeout(PATIENCE, self.consumer.recv()).await;
        let delivery = delivery.expect("a message in time").unwrap();
        let body = delivery.body().clone();
        drop(delivery.finish());
        body
    }

    /// Ends it, and tells how many messages there were in all.
    async fn sent(self) -> Value {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.done)
            .await
            .unwrap()
            .unwrap();
        let stats = kubefuncs_testkit::http::get(
            self.broker.addresses().http,
            "/stats?format=json&topic=jobs",
        );
        let stats: Value = serde_json::from_str(&stats.unwrap().text()).unwrap();
        stats["topics"][0]["message_count"].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_sent_each_time() {
    let entry = "{cron: '*/5 * * * *', body: '{\"a\": $1}'}";
    let mut stage = Stage::new(schedule(entry, false), "2026-05-05T10:03:20Z").await;
    stage.waits_for("2026-05-05T10:05:00Z").await;
    stage.set("2026-05-05T10:05:00Z");
    let first = Event::decode(stage.message().await).unwrap();
    let payload = Any::from(Raw {
        type_url: String::new(),
        bytes: "{\"a\": $1}".into(),
    });
    let expected = Event {
        id: first.id.clone(),
        topic: "jobs".to_owned(),
        payload: Some(payload),
        ..Event::default()
    };
    assert_eq!(first, expected);
    assert!(!first.id.is_empty());
    stage.waits_for("2026-05-05T10:10:00Z").await;
    stage.set("2026-05-05T10:10:01Z");
    let second = Event::decode(stage.message().await).unwrap();
    assert_ne!(first.id, second.id);
    stage.waits_for("2026-05-05T10:15:00Z").await;
    assert_eq!(stage.sent().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raw_body_is_the_whole_message() {
    let entry = "{cron: '@daily', timezone: Europe/Vienna, body: '-bytes-'}";
    let mut stage = Stage::new(schedule(entry, true), "2026-05-05T10:00:00Z").await;
    stage.waits_for("2026-05-05T22:00:00Z").await;
    stage.set("2026-05-05T22:00:00Z");
    assert_eq!(stage.message().await, "-bytes-");
    assert_eq!(stage.sent().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sleeping_machine_missed_is_made_up_for_once_or_left_out() {
    let entry = "{cron: '0,57,58 * * * *'}";
    let mut stage = Stage::new(schedule(entry, false), "2026-05-05T10:00:00Z").await;
    stage.waits_for("2026-05-05T10:57:00Z").await;
    stage.set("2026-05-08T09:02:00Z");
    stage.message().await;
    stage.waits_for("2026-05-08T09:57:00Z").await;
    stage.set("2026-05-08T12:30:00Z");
    stage.waits_for("2026-05-08T12:57:00Z").await;
    stage.set("2026-05-08T12:57:00Z");
    stage.message().await;
    stage.waits_for("2026-05-08T12:58:00Z").await;
    assert_eq!(stage.sent().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_run_ends_by_itself() {
    for entry in [
        "{cron: '0 0 30 2 *'}",
        "{cron: '@daily', timezone: Europe/Nowhere}",
    ] {
        let stage = Stage::new(schedule(entry, false), "2026-05-05T10:00:00Z").await;
        let ended = tokio::time::timeout(PATIENCE, stage.done).await;
        assert!(matches!(ended, Ok(Ok(()))), "{entry}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_not_there_is_told() {
    let nobody = kubefuncs_testkit::Port::reserve();
    let vars = [
        ("NSQ_NSQD_ADDR", nobody.addr().ip().to_string()),
        ("NSQ_NSQD_PORT", nobody.addr().port().to_string()),
    ];
    let config = Config::from_vars(vars).unwrap();
    let sent = schedule("{cron: '@daily'}", false).send(&config).await;
    assert_eq!(sent, Err("no broker within 60 s".to_owned()));
}

/// What holds for CronJobs holds here; only then may this say that it does as they do.
#[test]
fn the_rendered_cronjobs_say_the_same() {
    let text = functions("{cron: '@daily'}", false);
    let compiled = kubefunctl::compile(vec![file(&text)], &Options::default());
    let objects = compiled.objects.unwrap();
    let job = objects.iter().find(|object| object.id.kind == "CronJob");
    let job = kubefunctl::manifest::parse(&job.unwrap().yaml).unwrap();
    let spec = &job["spec"];
    assert_eq!(
        job["metadata"]["name"],
        schedule("{cron: '@daily'}", false).job.1
    );
    assert_eq!(spec["concurrencyPolicy"], "Forbid");
    assert_eq!(spec["suspend"], false);
    assert_eq!(spec["startingDeadlineSeconds"], LATE.as_secs());
    let seconds = &spec["jobTemplate"]["spec"]["activeDeadlineSeconds"];
    assert_eq!(*seconds, DEADLINE.as_secs());
}

#[test]
fn of_several_missed_times_the_last_is_due() {
    let cron = Cron::parse("*/2 * * * *").unwrap();
    let due = |next: &str, now: &str| {
        let (next, now) = (at(next), at(now));
        due(&cron, &TimeZone::UTC, next, now).map(|time| time.to_string())
    };
    let next = "2026-05-05T10:00:00Z";
    assert_eq!(due(next, "2026-05-05T10:00:00Z").as_deref(), Some(next));
    assert_eq!(due(next, "2026-05-05T10:01:59Z").as_deref(), Some(next));
    let later = due(next, "2026-05-09T17:05:59Z");
    assert_eq!(later.as_deref(), Some("2026-05-09T17:04:00Z"));

    let cron = Cron::parse("0 * * * *").unwrap();
    let due = |now: &str| super::due(&cron, &TimeZone::UTC, at(next), at(now));
    assert_eq!(due("2026-05-05T10:05:00Z"), Some(at(next)));
    assert_eq!(due("2026-05-05T10:05:00.1Z"), None);
    assert_eq!(
        due("2026-05-05T12:00:01Z"),
        Some(at("2026-05-05T12:00:00Z"))
    );
}
