//! `kubefuncs serve`: any HTTP server as a function.
//!
//! `forward` makes a request of a message and an answer of a response; `probe` asks whether the
//! server is well.

mod forward;
mod probe;

use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use http::Uri;
use kubefuncs::{Channel, Config, Context, Function, Raw, Topic};

use crate::args::{self, Brokers};
use crate::brokers;
use crate::exit::{Failure, chain};
use crate::signals::Signals;
use forward::Upstream;

/// Make an HTTP server a function: requests in, its responses out
///
/// Consumes TOPIC and CHANNEL of the environment contract. While the server is not well, no
/// message is taken and /readyz says so. A call that finds it down all the same fails at once; an
/// event is tried again later, as it is after a status of 500 or more; any other status of 400 or
/// more rejects it.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    python3 -m http.server 3000 & TOPIC=test kubefuncs serve --upstream http://127.0.0.1:3000\n  \
    kubefuncs serve --upstream http://127.0.0.1:3000 --topic orders --health /up --strip-prefix /orders\n\n\
    The whole environment contract holds: KUBEFUNCS_TIMEOUT, KUBEFUNCS_CONCURRENCY, HEALTHZ_ADDR, …")]
pub(crate) struct Serve {
    /// The server, such as http://127.0.0.1:3000; a path in it comes before each request's
    #[arg(long, value_name = "URL", value_parser = upstream)]
    upstream: Uri,

    /// The topic, instead of TOPIC
    #[arg(long, value_name = "TOPIC", value_parser = args::topic)]
    topic: Option<Topic>,

    /// The channel, instead of CHANNEL
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<Channel>,

    /// A path that has to answer 200 to 399 while the server is well [default: it takes a
    /// connection]
    #[arg(long, value_name = "PATH", value_parser = absolute)]
    health: Option<String>,

    /// What is taken off the beginning of each request's path
    #[arg(long, value_name = "PREFIX", value_parser = absolute)]
    strip_prefix: Option<String>,

    /// How many requests the server gets at once, instead of KUBEFUNCS_CONCURRENCY
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2500))]
    concurrency: Option<u16>,

    /// How long a request may take, instead of KUBEFUNCS_TIMEOUT
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    timeout: Option<Duration>,

    #[command(flatten)]
    brokers: Brokers,
}

pub(crate) async fn run(command: &Serve) -> Result<(), Failure> {
    let config = config(command)?;
    brokers::log(&config, "info");
    config.announce();
    tracing::info!(upstream = %command.upstream, "serving");
    let mut signals = Signals::new()?;
    let upstream = Arc::new(Upstream::new(
        &command.upstream,
        command.strip_prefix.clone(),
        config.max_message,
    ));
    let handler = upstream.clone();
    let function = Function::start(config, move |context: Context, payload: Raw| {
        let upstream = handler.clone();
        async move { upstream.handle(&context, payload).await }
    })
    .await
    .map_err(|error| Failure::unreachable(chain(&error)))?;
    // Until the server was seen to be well.
    function.set_available(false);
    tracing::info!(health = %function.health_addr(), "started");
    tokio::select! {
        () = signals.recv() => {}
        () = probe::watch(&upstream, command.health.as_deref(), &function) => {}
    }
    tracing::info!("draining");
    tokio::select! {
        () = function.drain() => {}
        () = signals.recv() => tracing::warn!("a second signal: leaving at once"),
    }
    Ok(())
}

fn config(command: &Serve) -> Result<Config, Failure> {
    let mut config = brokers::environment()?;
    brokers::apply(&mut config, &command.brokers);
    if let Some(topic) = &command.topic {
        config.topic = topic.clone();
    }
    if let Some(channel) = &command.channel {
        config.channel = channel.clone();
    }
    if let Some(concurrency) = command.concurrency {
        config.concurrency = concurrency;
    }
    if let Some(timeout) = command.timeout {
        config.drain = config.drain.max(kubefuncs::timeout::drain(timeout));
        config.timeout = timeout;
    }
    Ok(config)
}

fn upstream(text: &str) -> Result<Uri, String> {
    let wanted = || "a server reads like http://127.0.0.1:3000".to_owned();
    let uri: Uri = text.parse().map_err(|_| wanted())?;
    if uri.scheme_str() == Some("https") {
        return Err("only http: the server is meant to run beside this program".to_owned());
    }
    let authority = uri.authority().ok_or_else(wanted)?;
    if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
        return Err(wanted());
    }
    if uri.query().is_some() {
        return Err("without a query: each request brings its own".to_owned());
    }
    Ok(uri)
}

fn absolute(text: &str) -> Result<String, String> {
    let good = text.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    good.then(|| text.to_owned())
        .ok_or_else(|| "a path begins with `/` and has no spaces".to_owned())
}
