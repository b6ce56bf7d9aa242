//! nsqd dies, or hangs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kubefuncs_testkit::{Nsqd, require_nsq};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::balancer::Balancer;
use crate::cluster::{Cluster, Program, wait_served};
use crate::load::{Load, Sent, duration, shown};

/// How long callers may be without service; a node that hangs is given up after 2 s at most, and
/// a busy machine may need some time of its own.
const AWAY: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_secs(2);

/// Two gateways and two functions under load. After a while something happens to one nsqd, and
/// later its opposite. Gives all requests, and when it happened.
async fn with(
    harm: impl FnOnce(&mut Nsqd) + Send + 'static,
    heal: impl FnOnce(&mut Nsqd) + Send + 'static,
) -> (Vec<Sent>, Instant) {
    let start = || {
        let cluster = Cluster::start("{/test/: {topic: test, timeout: 4s}}");
        let programs: Vec<Program> = vec![
            cluster.gateway(),
            cluster.gateway(),
            cluster.function(),
            cluster.function(),
        ];
        programs[..2]
            .iter()
            .for_each(|gateway| wait_served(gateway, "/test/"));
        (cluster, programs)
    };
    let (mut cluster, programs) = spawn_blocking(start).await.unwrap();
    let balancer = Arc::<Balancer>::default();
    for gateway in &programs[..2] {
        balancer.add(gateway.main(), gateway.admin());
    }
    let load = Load::start(&balancer, "/test/hello");
    let part = duration(9) / 3;
    sleep(part).await;
    let harmed = Instant::now();
    let mut cluster = spawn_blocking(move || {
        harm(&mut cluster.nsqds[0]);
        cluster
    })
    .await
    .unwrap();
    sleep(part.max(AWAY + SLACK)).await;
    let cluster = spawn_blocking(move || {
        heal(&mut cluster.nsqds[0]);
        cluster
    })
    .await
    .unwrap();
    sleep(part).await;
    let sent = load.end().await;
    drop((cluster, programs));
    (sent, harmed)
}

/// All is well but for requests that were out, or went out while nobody could know; those are
/// answered, and honestly. Gives the figures.
fn judge(sent: &[Sent], harmed: Instant) -> String {
    let failed: Vec<_> = sent.iter().filter(|sent| !sent.is_ok()).collect();
    let dishonest: Vec<_> = failed
        .iter()
        .filter(|sent| !sent.is_honest())
        .copied()
        .collect();
    assert!(dishonest.is_empty(), "{}", shown(dishonest, harmed));
    let before = |sent: &&&Sent| sent.begun + Duration::from_secs(4) < harmed;
    let early: Vec<_> = failed.iter().filter(before).copied().collect();
    assert!(early.is_empty(), "{}", shown(early, harmed));
    let late = |sent: &&&Sent| sent.begun > harmed + AWAY + SLACK;
    let late: Vec<_> = failed.iter().filter(late).copied().collect();
    assert!(late.is_empty(), "{}", shown(late, harmed));
    let last = failed.iter().map(|sent| sent.begun).max();
    let away = last.and_then(|last| last.checked_duration_since(harmed));
    format!(
        "{} requests, {} failed; none after {:?}",
        sent.len(),
        failed.len(),
        away.unwrap_or_default()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_nsqd_that_is_killed_takes_only_what_was_on_it() {
    require_nsq!();
    let (sent, harmed) = with(Nsqd::kill, Nsqd::restart).await;
    println!("{}", judge(&sent, harmed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_nsqd_that_hangs_is_left_out() {
    require_nsq!();
    let (sent, harmed) = with(Nsqd::pause, Nsqd::resume).await;
    println!("{}", judge(&sent, harmed));
}
