//! Why no broker is there: found out only when it is to be said.

use std::time::Duration;

use kubefuncs::config::Brokers;
use kubefuncs::{Address, Config};
use tokio::net::TcpStream;

use crate::directory;
use crate::exit::Failure;

/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks for what is wrong on the way to a broker, and says the first thing that is.
pub(crate) async fn explain(config: &Config) -> Failure {
    Failure::unreachable(match &config.brokers {
        Brokers::Nsqd(nsqd) => fixed(nsqd).await,
        Brokers::Lookupd(lookupds) => listed(config, lookupds).await,
    })
}

async fn fixed(nsqd: &Address) -> String {
    match connect(nsqd).await {
        Err(why) => format!(
            "cannot reach nsqd {nsqd}: {why}\n  \
             --nsqd or NSQ_NSQD_ADDR and NSQ_NSQD_PORT name it"
        ),
        Ok(()) => silent(&[nsqd.to_string()]),
    }
}

async fn listed(config: &Config, lookupds: &[Address]) -> String {
    let nodes = match directory::nodes(config).await {
        Ok(nodes) => nodes,
        Err(silent) => return format!("{}\n  {}", silent.join("\n  "), advice(&config.brokers)),
    };
    if nodes.is_empty() {
        let lookupds: Vec<_> = lookupds.iter().map(Address::to_string).collect();
        return format!(
            "nsqlookupd {} knows no nsqd yet: is one running, with --lookupd-tcp-address?",
            lookupds.join(", ")
        );
    }
    let mut up = Vec::new();
    let mut last = None;
    for node in nodes {
        match connect(&node.tcp).await {
            Ok(()) => up.push(node.tcp.to_string()),
            Err(why) => last = Some(format!("cannot reach nsqd {}: {why}", node.tcp)),
        }
    }
    match last {
        Some(why) if up.is_empty() => format!(
            "{why}\n  nsqlookupd tells this address, which is nsqd's --broadcast-address: \
             it has to lead there from here, too"
        ),
        _ => silent(&up),
    }
}

/// What to do about nsqlookupds of which none answers.
fn advice(silent: &Brokers) -> String {
    let names = "--lookupd, KUBEFUNCS_LOOKUPD or NSQ_LOOKUPD_ADDR name it";
    let nothing: [(String, String); 0] = [];
    let is_usual = Config::from_vars(nothing).is_ok_and(|usual| usual.brokers == *silent);
    match is_usual {
        // Where kubefuncs-dev is, too, unless its flags say otherwise.
        true => format!("is kubefuncs-dev running? For a cluster's NSQ, {names}"),
        false => names.to_owned(),
    }
}

fn silent(up: &[String]) -> String {
    format!(
        "nsqd {} is there, but was not ready in time: --timeout gives it longer, \
         KUBEFUNCS_LOG=debug shows what it says",
        up.join(", ")
    )
}

async fn connect(address: &Address) -> Result<(), String> {
    let mut last = String::new();
    for address in directory::resolve(address).await? {
        let connecting = TcpStream::connect((address.host(), address.port()));
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer in time".to_owned(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_runner_is_asked_for_where_it_would_be() {
        let lookupd = |address: &str| Brokers::Lookupd(vec![address.parse().unwrap()]);
        let usual = advice(&lookupd("127.0.0.1:4161"));
        assert!(usual.starts_with("is kubefuncs-dev running?"), "{usual}");
        assert!(usual.contains("--lookupd"), "{usual}");
        for elsewhere in ["127.0.0.1:4162", "nsq.example:4161"] {
            let said = advice(&lookupd(elsewhere));
            assert!(said.starts_with("--lookupd"), "{said}");
        }
    }
}
