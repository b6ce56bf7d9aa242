//! nsqd's endpoints.

use std::net::SocketAddr;

use http::{Method, Request};
use hyper::body::Incoming;
use serde::Serialize;

use super::query::Query;
use super::reply::Reply;
use super::{admin, publish, settings, stats};
use crate::VERSION;
use crate::clock::nanos;
use crate::hub::Hub;

/// What an nsqd says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) tcp: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) https: Option<SocketAddr>,
    pub(crate) hostname: String,
}

pub(super) async fn answer(hub: &Hub, identity: &Identity, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let (get, post) = (parts.method == Method::GET, parts.method == Method::POST);
    let result = match path {
        "/ping" if get => return ping(hub),
        "/info" if get => Ok(info(hub, identity)),
        "/stats" if get => query.map(|query| stats::answer(hub, &query)),
        "/pub" if post => publish::one(hub, query, &parts.headers, body).await,
        "/mpub" if post => publish::many(hub, query, &parts.headers, body).await,
        "/topic/create" | "/topic/delete" | "/topic/empty" | "/topic/pause" | "/topic/unpause"
        | "/channel/create" | "/channel/delete" | "/channel/empty" | "/channel/pause"
        | "/channel/unpause"
            if post =>
        {
            match query {
                Ok(query) => admin::change(hub, path, &query).await,
                Err(refusal) => Err(refusal),
            }
        }
        "/ping" | "/info" | "/stats" => return Reply::wrong_method("GET, OPTIONS"),
        "/pub" | "/mpub" => return Reply::wrong_method("OPTIONS, POST"),
        _ if admin::knows(path) => return Reply::wrong_method("OPTIONS, POST"),
        _ => match path.strip_prefix("/config/") {
            Some(option) if get => settings::get(hub, option),
            Some(option) if parts.method == Method::PUT => settings::put(hub, option, body).await,
            Some(_) => return Reply::wrong_method("GET, OPTIONS, PUT"),
            None => return Reply::not_found(),
        },
    };
    result.into()
}

fn ping(hub: &Hub) -> Reply {
    match hub.with(|nsqd, _| nsqd.health()) {
        Ok(()) => Reply::plain(200, "OK"),
        Err(why) => Reply::plain(500, why),
    }
}

fn info(hub: &Hub, identity: &Identity) -> Reply {
    #[derive(Serialize)]
    struct Info<'a> {
        version: &'a str,
        broadcast_address: &'a str,
        hostname: &'a str,
        http_port: u16,
        tcp_port: u16,
        start_time: i64,
        max_heartbeat_interval: i64,
        max_output_buffer_size: u32,
        max_output_buffer_timeout: i64,
        max_deflate_level: u8,
    }
    let options = &hub.config.nsqd;
    Reply::json(&Info {
        version: VERSION,
        broadcast_address: &hub.config.broadcast_address,
        hostname: &identity.hostname,
        http_port: identity.http.port(),
        tcp_port: identity.tcp.port(),
        start_time: hub.with(|nsqd, _| nsqd.start_time()),
        max_heartbeat_interval: nanos(options.max_heartbeat_interval),
        max_output_buffer_size: options.max_output_buffer_size,
        max_output_buffer_timeout: nanos(options.max_output_buffer_timeout),
        max_deflate_level: options.max_deflate_level,
    })
}
