//! A disk without room.

use kubefuncs_nsq::{Discovery, Producer, ProducerConfig, PublishErrorKind, Topic};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, http, require_nsq};

use crate::support::*;

/// What one broker cannot store goes to the other; the reason is there to be read, and when there
/// is room again the broker is used again.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_broker_refuses_goes_to_another() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    // Everything goes to the disk, at once.
    let options = NsqdOptions::default()
        .lookupd(&lookupd)
        .arg("-mem-queue-size=0");
    let mut full = Nsqd::start(options.clone());
    let other = Nsqd::start(options);
    let lookup = lookupd.http().to_string();
    let client = client(config(&[("KUBEFUNCS_LOOKUPD", lookup.as_str())])).await;
    let alone = Producer::start(
        ProducerConfig::default(),
        &Discovery::fixed([full.tcp().into()]),
    );
    let mut ready = alone.ready();
    within("connected", ready.wait_for(|nodes| nodes.len() == 1))
        .await
        .unwrap();
    let stored = |nsqd: &Nsqd| left(nsqd, "events");
    within("both brokers are used", async {
        while stored(&full) == 0 || stored(&other) == 0 {
            client.emit("events", raw("before")).await.unwrap();
        }
    })
    .await;
    let (before, elsewhere) = (stored(&full), stored(&other));

    full.fill_disk();
    for _ in 0..20 {
        client
            .emit("events", raw("refused here, stored there"))
            .await
            .unwrap();
    }
    assert_eq!((stored(&full), stored(&other)), (before, elsewhere + 20));
    let refused = alone
        .publish(&Topic::new("events").unwrap(), "x".into())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), PublishErrorKind::Rejected);
    assert!(!refused.may_be_stored());
    assert!(refused.to_string().contains("E_PUB_FAILED"), "{refused}");
    assert!(
        !http::is_ok(full.http(), "/ping"),
        "and an operator can see it"
    );

    full.free_disk();
    within("it is used again", async {
        while stored(&full) == before {
            client.emit("events", raw("after")).await.unwrap();
        }
    })
    .await;
}
