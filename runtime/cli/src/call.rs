//! `kubefuncs call`: a request, and its answer.

use std::time::Duration;

use clap::Args as ClapArgs;
use kubefuncs::messages::HttpResponse as HttpResponseMessage;
use kubefuncs::{CallError, CallErrorKind, CallOptions, Client, Config, Reply, Topic};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use crate::args::{self, Brokers};
use crate::exit::{Failure, chain};
use crate::input::Body;
use crate::payload::Payload;
use crate::{brokers, print, trouble, unserved};

/// Call the function behind a topic and print its answer
///
/// Sends an HTTP request, as the gateway does, unless --type names another type. A status of 400
/// or more counts as the function's error: the answer is printed all the same.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefuncs call test\n  \
    kubefuncs call orders '{\"item\": 7}' -H 'content-type: application/json'\n  \
    kubefuncs call orders -X DELETE --path /orders/7 --timeout 10s --json")]
pub(crate) struct Call {
    /// The function's topic
    #[arg(value_name = "TOPIC", value_parser = args::topic)]
    topic: Topic,

    #[command(flatten)]
    body: Body,

    /// Send this along, such as request-id=7
    #[arg(long, value_name = "NAME=VALUE", value_parser = args::pair)]
    metadata: Vec<(String, String)>,

    /// How long to wait for the answer, everything included
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    timeout: Option<Duration>,

    /// Print status, headers and body, or the error, as a line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    payload: Payload,

    #[command(flatten)]
    brokers: Brokers,
}

pub(crate) async fn run(command: &Call) -> Result<(), Failure> {
    let config = brokers::config(&command.brokers, command.timeout)?;
    let body = command.body.read(config.max_message)?;
    let payload = match command.payload.typed(&body) {
        Some(typed) => typed,
        None => command.payload.http(body),
    };
    let deadline = Instant::now() + config.timeout;
    let client = Client::connect(config.clone())
        .await
        .map_err(|error| Failure::unreachable(chain(&error)))?;
    if timeout_at(deadline, client.ready()).await.is_err() {
        return Err(trouble::explain(&config).await);
    }
    let mut options =
        CallOptions::new().with_timeout(deadline.saturating_duration_since(Instant::now()));
    options.metadata.extend(command.metadata.iter().cloned());
    let answer = client.call(command.topic.as_str(), payload, options).await;
    // So that the reply topic is gone from the brokers when this process is.
    client.close().await;
    match answer {
        Ok(reply) => printed(command, reply),
        Err(error) => {
            if command.json {
                print::line(&failure(&error).to_string());
            }
            Err(failed(command, &config, &error).await)
        }
    }
}

/// Prints an answer; one that says it is an error is the function's.
fn printed(command: &Call, reply: Reply) -> Result<(), Failure> {
    let raw = reply.into_raw();
    if !raw.is::<HttpResponseMessage>() {
        return answer(command, &raw.bytes, print::raw(&raw));
    }
    let response = <kubefuncs::HttpResponse as kubefuncs::FromPayload>::from_payload(raw)
        .map_err(|error| Failure::function(format!("the function's answer is none: {error}")))?;
    answer(command, &response.body, print::response(&response))?;
    match response.status.as_u16() {
        ..400 => Ok(()),
        _ => Err(Failure::function(format!(
            "the function answered {}",
            response.status
        ))),
    }
}

fn answer(command: &Call, bytes: &[u8], map: Map<String, Value>) -> Result<(), Failure> {
    if command.json {
        print::line(&Value::Object(map).to_string());
        return Ok(());
    }
    print::data(bytes)
}

fn failure(error: &CallError) -> Value {
    json!({"error": {
        "kind": error.kind().as_str(),
        "code": error.code(),
        "reason": error.reason(),
        "mayHaveRun": error.may_have_run(),
        "retryable": error.is_retryable(),
    }})
}

async fn failed(command: &Call, config: &Config, error: &CallError) -> Failure {
    let said = print::shown(&chain(error));
    match error.kind() {
        CallErrorKind::Function => Failure::function(format!(
            "{said} ({}{})",
            print::shown(error.code()),
            if error.is_retryable() {
                ", may pass"
            } else {
                ""
            }
        )),
        CallErrorKind::BadReply => Failure::function(said),
        CallErrorKind::Timeout => {
            Failure::deadline(match unserved::explain(config, &command.topic).await {
                Some(why) => format!("no answer within the deadline: {why}"),
                None => format!(
                    "no answer from topic `{}` within the deadline: it may have run, or nobody \
                     serves it",
                    command.topic
                ),
            })
        }
        _ => Failure::unreachable(said),
    }
}
