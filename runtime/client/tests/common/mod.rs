//! Real brokers, and a function and a client on them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

use kubefuncs::{Client, Config, Context, Failure, Function, HttpRequest, HttpResponse};
use kubefuncs_messages::{Event, Message};
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, LookupConfig, Topic};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, http};

mod wait;

pub(crate) use wait::{LIMIT, eventually, within};

/// One nsqlookupd and some nsqd that are registered with it.
pub(crate) struct Brokers {
    pub(crate) lookupd: Nsqlookupd,
    pub(crate) nsqds: Vec<Nsqd>,
}

impl Brokers {
    pub(crate) fn start(count: usize) -> Self {
        let nsqd = |lookupd: &Nsqlookupd| Nsqd::start(NsqdOptions::default().lookupd(lookupd));
        let lookupd = Nsqlookupd::start();
        let nsqds = (0..count).map(|_| nsqd(&lookupd)).collect();
        Self { lookupd, nsqds }
    }

    /// The environment of a function or client on these brokers, `vars` added to it.
    pub(crate) fn config(&self, vars: &[(&str, &str)]) -> Config {
        let lookupd = self.lookupd.http().to_string();
        let ours = [
            ("KUBEFUNCS_LOOKUPD", lookupd.as_str()),
            ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ];
        let all = ours.iter().chain(vars).map(|(name, value)| (*name, *value));
        Config::from_vars(all).unwrap()
    }

    pub(crate) async fn client(&self, vars: &[(&str, &str)]) -> Client {
        let client = Client::connect(self.config(vars)).await.unwrap();
        within("the client is ready", client.ready()).await;
        client
    }

    /// A function whose handler is `handler`, subscribed on every broker.
    pub(crate) async fn function<M: 'static>(
        &self,
        vars: &[(&str, &str)],
        handler: impl kubefuncs::Handler<M>,
    ) -> Function {
        let config = self.config(vars);
        let (topic, channel) = (config.topic.clone(), config.channel.clone());
        let function = Function::start(config, handler).await.unwrap();
        within("the function is ready", function.ready()).await;
        for nsqd in &self.nsqds {
            let name = format!("{channel} of {topic} has a consumer");
            eventually(&name, || number(nsqd, topic.as_str(), "client_count") > 0).await;
        }
        function
    }

    /// A consumer without any of the library's manners, such as a program of the original.
    pub(crate) async fn consumer(&self, topic: &str, channel: &str) -> Consumer {
        let lookupd = LookupConfig::new([self.lookupd.http().into()]);
        let names = (Topic::new(topic).unwrap(), Channel::new(channel).unwrap());
        let mut config = ConsumerConfig::new(names.0, names.1);
        config.max_in_flight = 16;
        config.connection.msg_timeout = Some(Duration::from_secs(10));
        let consumer = Consumer::start(config, &Discovery::lookupd(lookupd));
        let mut confirmed = consumer.confirmed();
        let all = confirmed.wait_for(|nodes| nodes.len() == self.nsqds.len());
        within("the consumer is subscribed", all).await.unwrap();
        consumer
    }

    /// Publishes a body by HTTP, as any program might.
    pub(crate) fn publish(&self, topic: &str, body: &[u8]) {
        let path = format!("/pub?topic={topic}");
        let response = http::post(self.nsqds[0].http(), &path, body).unwrap();
        assert_eq!(response.status, 200, "{}", response.text());
    }

    /// Publishes an event to topic `test`.
    pub(crate) fn publish_event(&self, event: &Event) {
        self.publish("test", &event.encode_to_vec());
    }

    /// Waits until the channel `default` of topic `test` holds nothing any more.
    pub(crate) async fn drained(&self) {
        for nsqd in &self.nsqds {
            // All from one look: a message goes from one of them to the other.
            let left = || {
                sum(
                    nsqd,
                    "test",
                    &["depth", "in_flight_count", "deferred_count"],
                )
            };
            eventually("every message is dealt with", || left() == 0).await;
        }
    }
}

/// A number of the channels of `topic` in the statistics of nsqd, summed up.
pub(crate) fn number(nsqd: &Nsqd, topic: &str, field: &str) -> u64 {
    sum(nsqd, topic, &[field])
}

fn sum(nsqd: &Nsqd, topic: &str, fields: &[&str]) -> u64 {
    let stats: serde_json::Value = serde_json::from_str(&nsqd.stats("")).unwrap();
    let topics = stats["topics"].as_array().cloned().unwrap_or_default();
    let channels = topics
        .iter()
        .filter(|other| other["topic_name"] == topic)
        .flat_map(|topic| topic["channels"].as_array().cloned().unwrap_or_default());
    channels
        .flat_map(|channel| {
            let numbers = fields.iter().map(|field| channel[*field].as_u64().unwrap());
            numbers.collect::<Vec<_>>()
        })
        .sum()
}

/// The topics that nsqd has, but for those by which functions measure its clock for a moment.
pub(crate) fn topics(nsqd: &Nsqd) -> Vec<String> {
    let stats: serde_json::Value = serde_json::from_str(&nsqd.stats("")).unwrap();
    let topics = stats["topics"].as_array().cloned().unwrap_or_default();
    topics
        .iter()
        .map(|topic| topic["topic_name"].as_str().unwrap().to_owned())
        .filter(|topic| !topic.starts_with("rpc-clock-"))
        .collect()
}

/// Answers with the body of the request.
pub(crate) async fn echo(_: Context, request: HttpRequest) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::text("").with_body(request.body))
}
