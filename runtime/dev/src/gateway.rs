//! The gateway, in this process.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kubefuncs::Client;
use kubefuncs::metrics::Metrics;
use kubefuncs_gateway::{Config, Limits};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::args::Args;
use crate::brokers::Brokers;
use crate::listen;
use crate::log::Log;
use crate::program::LONGEST_GRACE;
use crate::requests::Requests;

/// What lets callers in where a route wants a token: the Secret is in the cluster.
pub(crate) const TOKEN: &str = "dev";

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// Where callers connect.
    pub(crate) address: SocketAddr,
    /// Where its metrics are.
    pub(crate) admin: SocketAddr,
    /// Holds the tokens.
    folder: PathBuf,
    updates: watch::Sender<Config>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<bool>,
}

impl Gateway {
    /// Starts it with the text of a rendered configuration file; its own files go to `folder`.
    ///
    /// # Errors
    /// An address that cannot be listened on, or a setting that the gateway does not take.
    pub(crate) async fn start(
        args: &Args,
        brokers: &Brokers,
        folder: &Path,
        text: &str,
        log: &Log,
    ) -> Result<Self, String> {
        let config = config(folder, text)?;
        let main = listen::bind("--listen", &args.listen).await?;
        let admin = listen::bind("--admin", &args.admin).await?;
        let address = |listener: &TcpListener| {
            let address = listener.local_addr();
            address.map_err(|error| format!("no address to listen on: {error}"))
        };
        let (at, admin_at) = (address(&main)?, address(&admin)?);
        let metrics = Metrics::new();
        let client = Client::connect_with(brokers.config()?, &metrics)
            .await
            .map_err(|error| error.to_string())?;
        let (updates, updated) = watch::channel(config.clone());
        let gateway = kubefuncs_gateway::Gateway::new(config, client)
            .with_metrics(&metrics)
            .with_drain(LONGEST_GRACE)
            .with_limits(Limits {
                // No balancer has to notice first.
                lame_duck: Duration::ZERO,
                ..Limits::default()
            })
            .with_updates(updated)
            .with_access_log(1.0, Requests::new(log.clone()));
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        Ok(Self {
            address: at,
            admin: admin_at,
            folder: folder.to_owned(),
            updates,
            stop,
            done: tokio::spawn(gateway.run(main, admin, shutdown)),
        })
    }

    /// Gives it another configuration; calls that run are not disturbed.
    ///
    /// # Errors
    /// A setting that the gateway does not take; it goes on as before then.
    pub(crate) fn update(&self, text: &str) -> Result<(), String> {
        self.updates.send_replace(config(&self.folder, text)?);
        Ok(())
    }

    /// Lets calls that wait have their answers, and ends.
    pub(crate) async fn stop(self) {
        // One that has ended already needs no telling.
        let _ = self.stop.send(());
        let _ = self.done.await;
    }
}

fn config(folder: &Path, text: &str) -> Result<Config, String> {
    let text = local(folder, text)?;
    Config::parse(Path::new("gateway.json"), &text).map_err(|error| error.to_string())
}

/// The file with its paths made those of this machine: tokens, each the same word.
fn local(folder: &Path, text: &str) -> Result<String, String> {
    let mut config: Value = serde_json::from_str(text)
        .map_err(|error| format!("the gateway's configuration cannot be read: {error}"))?;
    let tokens = folder.join("tokens");
    let routes = config["routes"].as_object_mut().into_iter();
    let targets = routes.flat_map(|routes| routes.values_mut());
    let details = targets.flat_map(|target| match target {
        Value::Array(several) => several.iter_mut().collect(),
        one => vec![one],
    });
    for detail in details {
        let Some(file) = detail.pointer_mut("/auth/bearer/file") else {
            continue;
        };
        let Some(rest) = file
            .as_str()
            .and_then(|file| file.strip_prefix(kubefunctl::plan::TOKENS))
        else {
            continue;
        };
        let here = tokens.join(rest.trim_start_matches('/'));
        let parent = here.parent().unwrap_or(&tokens);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&here, TOKEN))
            .map_err(|error| format!("cannot write {}: {error}", here.display()))?;
        *file = Value::String(here.display().to_string());
    }
    Ok(config.to_string())
}
