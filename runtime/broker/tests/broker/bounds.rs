//! What a broker holds at most.

use kubefuncs_broker::{Bounds, Broker, BrokerConfig};

use crate::client::{Client, Seen, http};

async fn start(bounds: Bounds) -> Broker {
    let config = BrokerConfig {
        bounds,
        ..BrokerConfig::default()
    };
    Broker::start(config).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn full_memory_is_a_full_disk() {
    let bounds = Bounds {
        memory_bytes: 10_000,
        ..Bounds::default()
    };
    let broker = start(bounds).await;
    let addresses = broker.addresses();
    let mut probe = Client::connect(addresses.tcp).await;
    let body = "x".repeat(4000);
    for _ in 0..2 {
        probe.publish("t", &body).await;
        probe.ok().await;
    }
    probe.publish("t", &body).await;
    probe.error("E_PUB_FAILED").await;
    assert_eq!(probe.next().await, Seen::End);
    assert_eq!(http(addresses.http, "GET", "/ping").await.0, 500);
    // What fits is still taken, and heals.
    assert_eq!(http(addresses.http, "POST", "/pub?topic=t").await.0, 200);
    assert_eq!(
        http(addresses.http, "GET", "/ping").await,
        (200, "OK".to_owned())
    );

    // Ephemeral topics say OK and forget.
    let mut probe = Client::connect(addresses.tcp).await;
    for _ in 0..5 {
        probe.publish("e#ephemeral", &body).await;
        probe.ok().await;
    }
    // Room is made by taking.
    let mut consumer = Client::subscribed(addresses.tcp, "t", 10).await;
    for _ in 0..3 {
        let Seen::Message { id, .. } = consumer.next().await else {
            panic!("a message");
        };
        consumer.send(format!("FIN {id}\n").as_bytes()).await;
    }
    consumer.publish("u", &body).await;
    consumer.ok().await;
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn topics_channels_and_connections_are_counted() {
    let bounds = Bounds {
        topics: 2,
        channels_per_topic: 1,
        connections: 2,
        ..Bounds::default()
    };
    let broker = start(bounds).await;
    let addresses = broker.addresses();
    let mut probe = Client::connect(addresses.tcp).await;
    for topic in ["a", "b"] {
        probe.publish(topic, "x").await;
        probe.ok().await;
    }
    probe.publish("c", "x").await;
    probe.error("E_PUB_FAILED").await;
    assert_eq!(probe.next().await, Seen::End);
    assert_eq!(http(addresses.http, "POST", "/pub?topic=c").await.0, 503);
    let (one, mut two) = (
        Client::subscribed(addresses.tcp, "a", 1).await,
        Client::with_heartbeats(addresses.tcp).await,
    );
    two.send(b"SUB a other\n").await;
    two.error("E_SUB_FAILED").await;
    assert_eq!(two.next().await, Seen::End);
    let two = Client::connect(addresses.tcp).await;
    let mut three = Client::with_heartbeats(addresses.tcp).await;
    assert!(matches!(three.next().await, Seen::End | Seen::Reset));
    drop((one, two));
    broker.stop().await;
}

#[tokio::test]
async fn what_clients_say_of_themselves_is_counted_while_they_are_there() {
    let bounds = Bounds {
        receiving_bytes: 250_000,
        ..Bounds::default()
    };
    let broker = start(bounds).await;
    let introduced = async || {
        let mut probe = Client::connect(broker.addresses().tcp).await;
        let name = format!("{{\"client_id\":\"{}\"}}", "n".repeat(100_000));
        probe.command("IDENTIFY", name.as_bytes()).await;
        let first = probe.next().await;
        (probe, first)
    };
    let ok = || Seen::Response("OK".to_owned());
    let (mut one, first) = introduced().await;
    assert_eq!(first, ok());
    let (two, first) = introduced().await;
    assert_eq!(first, ok());
    let (mut three, first) = introduced().await;
    let full = "E_BAD_BODY IDENTIFY failed to read body";
    assert_eq!(first, Seen::Error(full.to_owned()));
    assert!(matches!(three.next().await, Seen::End | Seen::Reset));
    // What is said anew takes the place of what was said before.
    one.command("IDENTIFY", b"{}").await;
    one.ok().await;
    assert_eq!(introduced().await.1, ok());
    drop(two);
    broker.stop().await;
}

#[tokio::test]
async fn bodies_on_their_way_are_counted_over_all_connections() {
    let bounds = Bounds {
        receiving_bytes: 310_000,
        ..Bounds::default()
    };
    let broker = start(bounds).await;
    let addresses = broker.addresses();
    let half = |announced: u32| {
        let mut command = b"PUB t\n".to_vec();
        command.extend_from_slice(&announced.to_be_bytes());
        command.resize(command.len() + announced as usize / 2, b'x');
        command
    };
    let mut first = Client::connect(addresses.tcp).await;
    first.send(&half(300_000)).await;
    // What has arrived counts, not what is announced: a small one has room.
    let mut second = Client::connect(addresses.tcp).await;
    second.publish("t", &"y".repeat(100_000)).await;
    second.ok().await;
    // A large one has none, from the moment the first one's half is there.
    loop {
        let mut large = Client::connect(addresses.tcp).await;
        large.publish("t", &"z".repeat(200_000)).await;
        match large.next().await {
            Seen::Response(ok) if ok == "OK" => {}
            Seen::Error(text) => {
                assert_eq!(text, "E_BAD_MESSAGE PUB failed to read message body");
                break;
            }
            // The reset over what was not read can overtake the error.
            seen => {
                assert!(matches!(seen, Seen::End | Seen::Reset), "{seen:?}");
                break;
            }
        }
    }
    // The first one is none the worse for it.
    first.send(&[b'x'; 150_000]).await;
    first.ok().await;
    assert_eq!(http(addresses.http, "GET", "/ping").await.0, 200);
    broker.stop().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let broker = start(Bounds::default()).await;
    let taken = broker.addresses();
    let start = async |tcp, http| {
        let config = BrokerConfig {
            tcp,
            http,
            ..BrokerConfig::default()
        };
        Broker::start(config).await.unwrap_err().to_string()
    };
    let free = "127.0.0.1:0".parse().unwrap();
    let error = start(taken.tcp, free).await;
    assert!(
        error.contains(&format!("cannot listen on {}: ", taken.tcp)),
        "{error}"
    );
    let error = start(free, taken.http).await;
    assert!(error.contains(&taken.http.to_string()), "{error}");
    broker.stop().await;
}
