//! The first call after a fresh start.

use std::time::Instant;

use kubefuncs::{CallOptions, Client, Config, Function, Raw};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd};

use crate::samples::median;
use crate::table::figure;
use crate::{Fault, ours, progress};

/// So many fresh starts of everything: two nsqd, two nsqlookupd, a function, a client.
pub(super) fn run(starts: usize) -> Result<String, Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut first, mut ready) = (Vec::new(), Vec::new());
    for start in 0..starts {
        progress(&format!("first call, start {}", start + 1));
        let (ready_ms, call_ms) = runtime.block_on(once())?;
        ready.push(ready_ms);
        first.push(call_ms);
    }
    let slowest = first.iter().copied().fold(0.0, f64::max);
    let middle = median(first);
    let verdict = if middle <= 50.0 { "met" } else { "MISSED" };
    Ok(format!(
        "### First call after a fresh start\n\n\
         Two nsqd and two nsqlookupd, function and client on a topic that nobody has seen, {starts} \
         fresh starts of everything. From start to both ready: median {} ms. From ready to the \
         answer of the first call: median {} ms, slowest {} ms.\n\n\
         - median ≤ 50 ms: {verdict}\n",
        figure(median(ready)),
        figure(middle),
        figure(slowest),
    ))
}

/// Milliseconds to readiness, and from there to the first answer.
async fn once() -> Result<(f64, f64), Fault> {
    let lookupds = [Nsqlookupd::start(), Nsqlookupd::start()];
    let options = NsqdOptions::default()
        .lookupd(&lookupds[0])
        .lookupd(&lookupds[1]);
    let _nsqds = [Nsqd::start(options.clone()), Nsqd::start(options)];
    let list = lookupds
        .each_ref()
        .map(|lookupd| lookupd.http().to_string())
        .join(",");
    let config = Config::from_vars([
        ("KUBEFUNCS_LOOKUPD", list.as_str()),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ("TOPIC", "fresh"),
    ])?;
    let begin = Instant::now();
    let function = Function::start(config.clone(), ours::echo).await?;
    let client = Client::connect(config).await?;
    function.ready().await;
    client.ready().await;
    let ready = begin.elapsed();
    client
        .call("fresh", Raw::default(), CallOptions::new())
        .await?;
    let answered = begin.elapsed() - ready;
    Ok((ready.as_secs_f64() * 1e3, answered.as_secs_f64() * 1e3))
}
