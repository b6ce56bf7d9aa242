//! A node that stops answering is avoided, tried again, and trusted again. Against peers that stall
//! where a real nsqd cannot be made to: it answers IDENTIFY, and publishes not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kubefuncs_nsq::{
    Address, Discovery, NodeSnapshot, Producer, ProducerConfig, PublishErrorKind, StallConfig,
    Topic,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(60);
const OK: &[u8] = b"\0\0\0\x06\0\0\0\0OK";

/// An nsqd whose first `mute` connections never answer a publish.
struct Fake {
    address: Address,
    published: Arc<AtomicUsize>,
}

impl Fake {
    async fn start(mute: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().into();
        let published = Arc::new(AtomicUsize::new(0));
        let count = published.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, n < mute, count.clone()));
            }
        });
        Self { address, published }
    }

    fn published(&self) -> usize {
        self.published.load(Ordering::SeqCst)
    }
}

/// Speaks just enough of the protocol; what it cannot read ends the connection.
async fn serve(stream: TcpStream, mute: bool, published: Arc<AtomicUsize>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut magic = [0; 4];
    stream.read_exact(&mut magic).await.ok()?;
    loop {
        let mut line = String::new();
        stream
            .read_line(&mut line)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        let is_publish = line.starts_with("PUB ");
        if is_publish || line == "IDENTIFY\n" {
            let length = stream.read_u32().await.ok()?;
            let mut body = vec![0; length as usize];
            stream.read_exact(&mut body).await.ok()?;
        }
        if is_publish {
            published.fetch_add(1, Ordering::SeqCst);
        }
        if !is_publish || !mute {
            stream.write_all(OK).await.ok()?;
        }
    }
}

fn producer(nodes: &[&Fake]) -> Producer {
    let mut config = ProducerConfig::default();
    config.connection.reply_timeout = LIMIT;
    config.connection.stall = StallConfig {
        floor: Duration::from_millis(100),
        ceiling: Duration::from_millis(100),
        ..StallConfig::default()
    };
    let nodes = nodes.iter().map(|node| node.address.clone());
    Producer::start(config, &Discovery::fixed(nodes))
}

async fn connected(producer: &Producer, nodes: usize) {
    let mut ready = producer.ready();
    let all = ready.wait_for(|ready| ready.len() == nodes);
    timeout(LIMIT, all).await.unwrap().unwrap();
}

fn of(producer: &Producer, node: &Fake) -> NodeSnapshot {
    let all = producer.snapshot();
    all.into_iter()
        .find(|one| one.address == node.address)
        .unwrap()
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LIMIT, holds)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// Publishes in the background.
fn publish(producer: &Producer) -> tokio::task::JoinHandle<Result<(), PublishErrorKind>> {
    let producer = producer.clone();
    let topic = Topic::new("t").unwrap();
    tokio::spawn(async move {
        let outcome = producer.publish(&topic, "x".into()).await;
        outcome.map_err(|error| error.kind())
    })
}

async fn publish_now(producer: &Producer) {
    let outcome = timeout(LIMIT, publish(producer)).await.expect("not stuck");
    outcome.unwrap().unwrap();
}

#[tokio::test]
async fn a_lone_node_that_stalls_is_used_on_and_a_fresh_connection_helps() {
    let node = Fake::start(1).await;
    let producer = producer(&[&node]);
    connected(&producer, 1).await;
    let stuck = publish(&producer);
    until("a fresh connection", || of(&producer, &node).connects == 2).await;
    publish_now(&producer).await;
    let now = of(&producer, &node);
    assert_eq!((now.stalls, now.stalled, now.ready), (1, 0, 1));
    assert_eq!(producer.stalls(), 1);
    assert_eq!(now.publishes.acked, 1);
    assert_eq!(producer.ready().borrow().len(), 1, "never without a node");
    assert!(
        !stuck.is_finished(),
        "it may be stored: its outcome is open"
    );
    stuck.abort();
}

#[tokio::test]
async fn a_stalled_node_is_left_out_and_given_one_publish_on_trial() {
    let (node, well) = (Fake::start(usize::MAX).await, Fake::start(0).await);
    let producer = producer(&[&node, &well]);
    connected(&producer, 2).await;
    let stuck = [publish(&producer), publish(&producer)];
    until("stalled", || of(&producer, &node).stalls == 1).await;
    until("a fresh connection, on trial", || {
        of(&producer, &node).connects == 2
    })
    .await;
    let before = node.published();
    assert_eq!(before, 1, "the other one went to the other node");

    // In turn one of the next two would go to each node: the one on trial gets a single one.
    let all: Vec<_> = (0..20).map(|_| publish(&producer)).collect();
    until("all but that one are done", || well.published() > 19).await;
    assert_eq!(node.published(), before + 1);
    until("stalled again", || of(&producer, &node).stalls >= 2).await;
    for _ in 0..5 {
        publish_now(&producer).await;
    }
    stuck.iter().chain(&all).for_each(|task| task.abort());
}

#[tokio::test]
async fn what_was_not_written_when_a_node_stalls_goes_elsewhere() {
    let (node, well) = (Fake::start(usize::MAX).await, Fake::start(0).await);
    let mut config = ProducerConfig::default();
    config.connection.reply_timeout = LIMIT;
    config.connection.max_pending = 1;
    config.connection.stall.ceiling = Duration::from_millis(200);
    config.connection.stall.floor = Duration::from_millis(200);
    let nodes = [node.address.clone(), well.address.clone()];
    let producer = Producer::start(config, &Discovery::fixed(nodes));
    connected(&producer, 2).await;

    // Half of them wait for room at the node that will not give it.
    let all: Vec<_> = (0..10).map(|_| publish(&producer)).collect();
    until("the other node has the rest", || well.published() >= 8).await;
    let done = || all.iter().filter(|task| task.is_finished()).count();
    until("and they are acknowledged", || done() >= 8).await;
    assert!(node.published() <= 2, "one at first, and one on trial");
    all.iter().for_each(|task| task.abort());
}
