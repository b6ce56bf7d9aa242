//! A new version of everything that is ours, and nobody notices.

use std::sync::Arc;
use std::time::Instant;

use kubefuncs_testkit::require_nsq;
use tokio::task::spawn_blocking;

use crate::balancer::Balancer;
use crate::cluster::{Cluster, Program, wait_served};
use crate::load::{Load, duration, shown};

/// Each gateway and each function in its turn: another is there first, then it leaves.
async fn replace(
    cluster: &Arc<Cluster>,
    balancer: &Arc<Balancer>,
    gateways: &mut Vec<Program>,
    functions: &mut Vec<Program>,
) {
    let others = cluster.clone();
    let (gateway, function) = spawn_blocking(move || (others.gateway(), others.function()))
        .await
        .unwrap();
    balancer.add(gateway.main(), gateway.admin());
    gateways.push(gateway);
    functions.push(function);
    let (mut gateway, mut function) = (gateways.remove(0), functions.remove(0));
    let main = gateway.main();
    spawn_blocking(move || {
        gateway.leave();
        function.leave();
    })
    .await
    .unwrap();
    balancer.remove(main);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_of_gateways_and_functions_loses_no_request() {
    require_nsq!();
    let start = || {
        let cluster = Cluster::start("{/test/: {topic: test, timeout: 10s}}");
        let functions = vec![cluster.function(), cluster.function()];
        let gateways = vec![cluster.gateway(), cluster.gateway()];
        gateways
            .iter()
            .for_each(|gateway| wait_served(gateway, "/test/"));
        (Arc::new(cluster), gateways, functions)
    };
    let (cluster, mut gateways, mut functions) = spawn_blocking(start).await.unwrap();
    let balancer = Arc::<Balancer>::default();
    for gateway in &gateways {
        balancer.add(gateway.main(), gateway.admin());
    }
    let (begun, length) = (Instant::now(), duration(10));
    let load = Load::start(&balancer, "/test/hello");
    let mut rounds = 0;
    while rounds < 2 || begun.elapsed() < length {
        replace(&cluster, &balancer, &mut gateways, &mut functions).await;
        rounds += 1;
    }
    let sent = load.end().await;
    let lost: Vec<_> = sent.iter().filter(|sent| !sent.is_ok()).collect();
    assert!(lost.is_empty(), "of {}: {}", sent.len(), shown(lost, begun));
    assert!(sent.len() > 500, "{}", sent.len());
    println!("{} requests, {rounds} of each replaced", sent.len());
}
