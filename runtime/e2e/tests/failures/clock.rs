//! Brokers whose clock is wrong, on the embedded one: nobody sets a test machine's.

use std::time::Duration;

use kubefuncs_broker::{Broker, BrokerConfig, Lookupd, LookupdConfig};

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A budget is a length of time, and a message's age is told by clocks that were compared: a clock
/// that is an hour wrong costs no call.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_clock_is_wrong_by_an_hour_serves_calls() {
    for ahead in [true, false] {
        let broker = Broker::start(BrokerConfig::default()).await.unwrap();
        broker.step_clock(HOUR, ahead);
        let nsqd = broker.addresses().tcp;
        let function = Told::quick(only(nsqd, &[]), "answer").await;
        let client = client(only(nsqd, &[])).await;
        for _ in 0..10 {
            let answer = call(&client, LIMIT).await;
            assert_eq!(answer.unwrap(), "answer", "ahead: {ahead}");
        }
        assert_eq!(function.runs(), 10);
        function.function.drain().await;
        client.close().await;
        broker.stop().await;
    }
}

/// While nsqd's clock is behind its own past, it makes no ids, and publishing hangs: the other
/// broker is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_clock_steps_back_is_left_aside() {
    let lookupd = Lookupd::start(LookupdConfig::default()).await.unwrap();
    let start = async || {
        let config = BrokerConfig {
            lookupds: vec![lookupd.clone()],
            ..BrokerConfig::default()
        };
        Broker::start(config).await.unwrap()
    };
    let (wrong, right) = (start().await, start().await);
    let address = lookupd.http().to_string();
    let config = config(&[("KUBEFUNCS_LOOKUPD", address.as_str())]);
    let _function = Told::quick(config.clone(), "answer").await;
    let client = client(config).await;
    for _ in 0..20 {
        assert_eq!(call(&client, LIMIT).await.unwrap(), "answer");
    }
    wrong.step_clock(HOUR, false);
    let mut row = 0;
    within("calls are answered by the other", async {
        while row < 20 {
            row = match call(&client, Duration::from_secs(2)).await {
                Ok(_) => row + 1,
                Err(_) => 0,
            };
        }
    })
    .await;
    right.stop().await;
    wrong.crash().await;
}
