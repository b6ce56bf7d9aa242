//! Answers that their broker does not confirm.

use std::sync::Arc;

use kubefuncs::{CallOptions, Context, HttpRequest};
use tokio::sync::Semaphore;

use super::brokers::{Brokers, LIMIT, Runs, eventually, reply_topic, within};

/// The answer is refused, and with it the connection is gone that brought the request. The caller
/// has it at once over another broker; the request comes again, and its answer too: the one that
/// was kept, without a second run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_refused_goes_another_way_and_is_kept() {
    let (brokers, runs) = (Brokers::start(2).await, Runs::default());
    let gate = Arc::new(Semaphore::new(8));
    let handler = runs.handler({
        let gate = Arc::clone(&gate);
        move |_: Context| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await?.forget();
                Ok(())
            }
        }
    });
    let _function = brokers
        .function(&[("KUBEFUNCS_TIMEOUT", "2s")], handler)
        .await;
    let client = brokers.client(&[]).await;
    let call = || {
        let client = client.clone();
        let options = CallOptions::new().with_timeout(LIMIT);
        let request = HttpRequest::new("GET".parse().unwrap(), "/");
        tokio::spawn(async move { client.call("test", request, options).await })
    };
    // Both brokers know the reply topic then, and answers go the way requests came.
    for _ in 0..4 {
        call().await.unwrap().unwrap();
    }
    gate.forget_permits(4);
    // A request is acknowledged a moment after its answer is there.
    let acknowledged = async { while !brokers.busy().await.is_empty() {} };
    within("the first requests are acknowledged", acknowledged).await;
    let refused = call();
    let delivered = async {
        loop {
            if let [here] = brokers.busy().await[..] {
                return here;
            }
        }
    };
    let here = within("the request is delivered", delivered).await;
    brokers.0[here].refuse_publishes(&reply_topic(&client), 1);
    gate.add_permits(10);
    within("the caller has an answer", refused)
        .await
        .unwrap()
        .unwrap();
    eventually("it is answered again, from what was kept", || {
        client.unmatched_replies() == 1
    })
    .await;
    assert_eq!(runs.seen().len(), 5);
}
