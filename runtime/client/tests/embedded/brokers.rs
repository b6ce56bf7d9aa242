//! Brokers in process, and what runs on them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kubefuncs::metrics::Metrics;
use kubefuncs::{Client, Config, Context, Function, Handler, Raw};
use kubefuncs_broker::{Broker, BrokerConfig};
use kubefuncs_messages::{Any, Event, Message};
use kubefuncs_nsq::{
    Address, Channel, Connection, ConnectionConfig, Consumer, ConsumerConfig, Delivery, Discovery,
    Topic,
};
use kubefuncs_testkit::http;

#[path = "../common/wait.rs"]
mod wait;

pub(crate) use wait::{LIMIT, eventually, within};

/// Brokers that share one directory.
pub(crate) struct Brokers(pub(crate) Vec<Broker>);

impl Brokers {
    pub(crate) async fn start(count: usize) -> Self {
        let mut brokers = Vec::<Broker>::new();
        for _ in 0..count {
            let mut config = BrokerConfig::default();
            // What is overdue is seen soon in channels that are new, too.
            config.nsqd.queue_scan_refresh_interval = Duration::from_millis(100);
            if let Some(first) = brokers.first() {
                config.lookupd_http = None;
                config.lookupds = vec![first.lookupd().unwrap().clone()];
            }
            brokers.push(Broker::start(config).await.unwrap());
        }
        Self(brokers)
    }

    pub(crate) fn address(&self, index: usize) -> Address {
        self.0[index].addresses().tcp.into()
    }

    fn all(&self) -> Discovery {
        Discovery::fixed((0..self.0.len()).map(|index| self.address(index)))
    }

    pub(crate) fn config(&self, vars: &[(&str, &str)]) -> Config {
        let lookupd = self.0[0].addresses().lookupd_http.unwrap().to_string();
        let ours = [
            ("KUBEFUNCS_LOOKUPD", lookupd.as_str()),
            ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ];
        let all = ours.iter().chain(vars).map(|(name, value)| (*name, *value));
        Config::from_vars(all).unwrap()
    }

    /// A client that has confirmed its reply subscription on every broker.
    pub(crate) async fn client(&self, vars: &[(&str, &str)]) -> Client {
        let client = Client::connect(self.config(vars)).await.unwrap();
        // To each broker two for replies and one for requests, and one for events.
        let ready = || connections(client.metrics()) == 4 * self.0.len();
        eventually("the client is ready on every broker", ready).await;
        client
    }

    /// A function that is subscribed on every broker.
    pub(crate) async fn function<M: 'static>(
        &self,
        vars: &[(&str, &str)],
        handler: impl Handler<M>,
    ) -> Function {
        let function = Function::start(self.config(vars), handler).await.unwrap();
        // To each broker one for messages, and one for what is published aside.
        let ready = || connections(function.metrics()) == 2 * self.0.len();
        eventually("the function is ready on every broker", ready).await;
        function
    }

    /// A subscription of another program's, on every broker.
    pub(crate) async fn consumer(&self, topic: &str, channel: &str) -> Consumer {
        let names = (Topic::new(topic).unwrap(), Channel::new(channel).unwrap());
        let mut config = ConsumerConfig::new(names.0, names.1);
        config.max_in_flight = 100;
        let consumer = Consumer::start(config, &self.all());
        let mut confirmed = consumer.confirmed();
        let everywhere = confirmed.wait_for(|nodes| nodes.len() == self.0.len());
        within("the consumer is subscribed", everywhere)
            .await
            .unwrap();
        consumer
    }

    /// Where requests to `test` were delivered and are not acknowledged.
    pub(crate) async fn busy(&self) -> Vec<usize> {
        let ask = |broker: &Broker| {
            let http = broker.addresses().http;
            tokio::task::spawn_blocking(move || http::get(http, "/stats?format=json&topic=test"))
        };
        let mut busy = Vec::new();
        for (index, broker) in self.0.iter().enumerate() {
            let stats = ask(broker).await.unwrap().unwrap();
            let stats: serde_json::Value = serde_json::from_slice(&stats.body).unwrap();
            let channel = &stats["topics"][0]["channels"][0];
            if channel["in_flight_count"].as_u64().unwrap() > 0 {
                busy.push(index);
            }
        }
        busy
    }

    /// Publishes a body to one broker, as any program might.
    pub(crate) async fn publish(&self, index: usize, topic: &str, body: Vec<u8>) {
        let config = ConnectionConfig::default();
        let connection = Connection::connect(&self.address(index), &config).await;
        let topic = Topic::new(topic).unwrap();
        connection
            .unwrap()
            .publish(&topic, body.into())
            .await
            .unwrap();
    }
}

/// The topic that answers to a client go to.
pub(crate) fn reply_topic(client: &Client) -> String {
    let shown = format!("{client:?}");
    shown.split('"').nth(1).unwrap().to_owned()
}

/// How many connections are ready.
pub(crate) fn connections(metrics: &Metrics) -> usize {
    let ready = metric(
        &metrics.encode().1,
        "kubefuncs_connections{state=\"ready\"}",
    );
    ready.unwrap() as usize
}

/// The value of a series in Prometheus' text format.
pub(crate) fn metric(text: &[u8], series: &str) -> Option<f64> {
    let text = std::str::from_utf8(text).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map(|value| value.trim().parse().unwrap())
}

/// How many messages of `test` ended so.
pub(crate) fn ended(function: &Function, outcome: &str) -> f64 {
    let series = format!(
        "kubefuncs_messages_total{{channel=\"default\",outcome=\"{outcome}\",topic=\"test\"}}"
    );
    metric(&function.metrics().encode().1, &series).unwrap()
}

pub(crate) fn event(id: &str) -> Event {
    let request = kubefuncs_messages::HttpRequest {
        url: "/".into(),
        ..Default::default()
    };
    Event {
        id: id.into(),
        topic: "test".into(),
        payload: Some(Any::pack(&request)),
        ..Event::default()
    }
}

/// Waits for the next message of a consumer, acknowledges it, and reads it.
pub(crate) async fn next_event(consumer: &Consumer) -> Event {
    let delivery = next(consumer).await;
    let event = Event::decode(delivery.body().clone()).unwrap();
    delivery.finish().await;
    event
}

pub(crate) async fn next(consumer: &Consumer) -> Delivery {
    within("a message comes", consumer.recv()).await.unwrap()
}

/// Remembers what it was run with.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<(String, u16)>>>);

impl Runs {
    pub(crate) fn seen(&self) -> Vec<(String, u16)> {
        self.0.lock().unwrap().clone()
    }

    /// A handler that notes event and attempt, and then does as it is told.
    pub(crate) fn handler<R, F, Fut>(&self, handle: F) -> impl Handler<(Raw, R)> + use<R, F, Fut>
    where
        R: kubefuncs::IntoPayload + Send + 'static,
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, kubefuncs::Failure>> + Send,
    {
        let runs = self.clone();
        move |context: Context, _: Raw| {
            let run = (context.event_id().to_owned(), context.attempt());
            runs.0.lock().unwrap().push(run);
            handle(context)
        }
    }
}
