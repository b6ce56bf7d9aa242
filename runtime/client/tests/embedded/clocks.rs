//! Brokers whose clocks are wrong.

use std::time::Duration;

use kubefuncs::{CallOptions, Context, HttpRequest};
use kubefuncs_messages::{Event, Message};

use super::brokers::{Brokers, LIMIT, Runs, ended, event, eventually};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_over_a_broker_whose_clock_is_wrong_is_run_and_an_old_one_is_not() {
    for ahead in [true, false] {
        let (brokers, runs) = (Brokers::start(1).await, Runs::default());
        brokers.0[0].step_clock(HOUR, ahead);
        let old = Event {
            r#return: "rpc-gone#ephemeral".into(),
            budget_ms: 1,
            ..event("old")
        };
        brokers.publish(0, "test", old.encode_to_vec()).await;
        // Its budget and the tolerance must pass.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let function = brokers
            .function(&[], runs.handler(|_: Context| async { Ok(()) }))
            .await;
        eventually("the old one is dropped", || {
            ended(&function, "expired") == 1.0
        })
        .await;
        let client = brokers.client(&[]).await;
        let request = HttpRequest::new("GET".parse().unwrap(), "/");
        let options = CallOptions::new().with_timeout(LIMIT);
        client.call("test", request, options).await.unwrap();
        assert_eq!(runs.seen().len(), 1, "ahead: {ahead}");
    }
}
