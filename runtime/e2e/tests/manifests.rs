//! What `kubefunctl` rendered runs: the charts and the example, as they are in this repository.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use kubefuncs_e2e::cluster::Cluster;
use kubefuncs_e2e::loopback;
use kubefuncs_e2e::stats::is_subscribed;
use kubefuncs_testkit::{http, require_nsq, wait_until, workspace_dir};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn the_rendered_manifests_run_and_answer_pong() {
    require_nsq!();
    let Some(first) = loopback::network() else {
        return;
    };
    let files = [
        "charts/nsq/rendered.yaml",
        "charts/gateway/rendered.yaml",
        "example/rendered.yaml",
    ];
    let manifests = files.map(|file| {
        fs::read_to_string(workspace_dir().join(file))
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    });
    let mut cluster = Cluster::start(&manifests, first).unwrap_or_else(|fault| panic!("{fault}"));
    cluster.wait_ready();
    // All at once: a function may have started before the second nsqd, and finds it a little later.
    let nsqds = cluster
        .endpoints("kubefuncs", "kubefuncs-nsq-nsqd", 4151)
        .unwrap();
    assert_eq!(nsqds.len(), 2);
    let settled = || nsqds.iter().all(|nsqd| is_subscribed(*nsqd, "test"));
    wait_until(LIMIT, "the function is subscribed on both nsqd", settled);
    // The README's port-forward of port 80, then its curl, to each of the gateways.
    for gateway in cluster
        .endpoints("kubefuncs", "kubefuncs-gateway", 80)
        .unwrap()
    {
        for _ in 0..4 {
            let response = http::get(gateway, "/test/hello").unwrap();
            assert_eq!((response.status, response.text().as_str()), (200, "pong\n"));
        }
        assert_eq!(http::get(gateway, "/nothing/here").unwrap().status, 404);
    }
    cluster.stop();
}
