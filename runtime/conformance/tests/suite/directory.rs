//! nsqlookupd.

use kubefuncs_conformance::{PATIENCE, Probe, Server, Settings, fresh, on_both};
use kubefuncs_testkit::{http, wait_until};
use serde_json::{Value, json};

pub(crate) fn settings() -> Settings {
    Settings {
        lookupd: true,
        ..Settings::default()
    }
}

#[track_caller]
pub(crate) fn get(server: &Server, path: &str) -> (u16, Value) {
    let response = http::get(server.lookupd_http(), path).unwrap();
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap(),
    )
}

#[track_caller]
pub(crate) fn post(server: &Server, path: &str) -> (u16, String) {
    let response = http::post(server.lookupd_http(), path, b"").unwrap();
    (response.status, response.text())
}

pub(crate) fn names(value: &Value) -> Vec<String> {
    let names = value.as_array().unwrap().iter();
    let mut names: Vec<String> = names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_topic_leads_to_its_producers_and_channels() {
    on_both(settings(), |server| {
        let topic = fresh("found");
        let (status, body) = get(server, &format!("/lookup?topic={topic}"));
        assert_eq!((status, body), (404, json!({"message": "TOPIC_NOT_FOUND"})));
        let _one = Probe::subscribed(server.tcp(), &topic, "one");
        let fleeting = Probe::subscribed(server.tcp(), &topic, "two#ephemeral");
        let look = || get(server, &format!("/lookup?topic={topic}")).1;
        wait_until(PATIENCE, "both channels are registered", || {
            look()["channels"]
                .as_array()
                .is_some_and(|channels| channels.len() == 2)
        });
        let found = look();
        assert_eq!(names(&found["channels"]), ["one", "two#ephemeral"]);
        let producer = &found["producers"][0];
        let expected = json!({
            "remote_address": producer["remote_address"], "hostname": producer["hostname"],
            "broadcast_address": "127.0.0.1", "tcp_port": server.tcp().port(),
            "http_port": server.http().port(), "version": "1.3.0",
        });
        assert_eq!(found["producers"], json!([expected]));
        let (_, channels) = get(server, &format!("/channels?topic={topic}"));
        assert_eq!(names(&channels["channels"]), ["one", "two#ephemeral"]);
        assert_eq!(
            get(server, "/channels?topic=none"),
            (200, json!({"channels": []}))
        );
        drop(fleeting);
        let left = || names(&look()["channels"]) == ["one"];
        wait_until(PATIENCE, "the ephemeral channel is gone", left);
    });
}

#[test]
fn ephemeral_topics_need_their_sign_encoded() {
    on_both(settings(), |server| {
        let stem = fresh("sign");
        let topic = format!("{stem}#ephemeral");
        let consumer = Probe::subscribed(server.tcp(), &topic, "c#ephemeral");
        let encoded = format!("/lookup?topic={stem}%23ephemeral");
        wait_until(PATIENCE, "it is registered", || {
            get(server, &encoded).0 == 200
        });
        drop(consumer);
        wait_until(PATIENCE, "it is forgotten", || {
            get(server, &encoded).0 == 404
        });
    });
}

#[test]
fn every_node_is_listed_with_its_topics() {
    on_both(settings(), |server| {
        let (_, nodes) = get(server, "/nodes");
        assert_eq!(
            nodes["producers"].as_array().unwrap().len(),
            1,
            "even without topics"
        );
        assert_eq!(nodes["producers"][0]["topics"], json!([]));
        assert_eq!(nodes["producers"][0]["tombstones"], json!([]));
        let topic = fresh("listed");
        Probe::connect(server.tcp()).publish(&topic, b"x");
        let topics = || names(&get(server, "/nodes").1["producers"][0]["topics"]);
        wait_until(PATIENCE, "the topic is listed", || {
            topics() == [topic.clone()]
        });
        let (_, nodes) = get(server, "/nodes");
        let node = &nodes["producers"][0];
        assert_eq!(node["tombstones"], json!([false]));
        assert_eq!(node["tcp_port"], server.tcp().port());
        assert_eq!(names(&get(server, "/topics").1["topics"]), [topic]);
    });
}

#[test]
fn a_tombstone_hides_from_lookups_only() {
    on_both(settings(), |server| {
        let topic = fresh("hidden");
        Probe::connect(server.tcp()).publish(&topic, b"x");
        let lookup = format!("/lookup?topic={topic}");
        wait_until(PATIENCE, "it is registered", || {
            get(server, &lookup).0 == 200
        });
        let node = format!("127.0.0.1:{}", server.http().port());
        let (status, _) = post(
            server,
            &format!("/topic/tombstone?topic={topic}&node={node}"),
        );
        assert_eq!(status, 200);
        assert_eq!(get(server, &lookup).1["producers"], json!([]));
        let (_, nodes) = get(server, "/nodes");
        assert_eq!(nodes["producers"][0]["tombstones"], json!([true]));
    });
}

#[test]
fn names_can_be_made_and_forgotten_there() {
    on_both(settings(), |server| {
        let topic = fresh("made");
        for (path, status, code) in [
            ("/topic/create", 400, "MISSING_ARG_TOPIC"),
            ("/topic/create?topic=$", 400, "INVALID_ARG_TOPIC"),
            ("/topic/delete", 400, "MISSING_ARG_TOPIC"),
            ("/topic/tombstone?topic=t", 400, "MISSING_ARG_NODE"),
            ("/channel/create?topic=t", 400, "MISSING_ARG_CHANNEL"),
            (
                "/channel/create?topic=t&channel=$",
                400,
                "INVALID_ARG_CHANNEL",
            ),
            (
                "/channel/delete?topic=t&channel=c",
                404,
                "CHANNEL_NOT_FOUND",
            ),
        ] {
            let expected = (status, json!({"message": code}).to_string());
            assert_eq!(post(server, path), expected, "{path}");
        }
        let done = (200, String::new());
        assert_eq!(post(server, "/topic/delete?topic=none"), done);
        let channel = format!("topic={topic}&channel=c");
        assert_eq!(post(server, &format!("/channel/create?{channel}")), done);
        let (status, found) = get(server, &format!("/lookup?topic={topic}"));
        assert_eq!(
            (status, found),
            (200, json!({"channels": ["c"], "producers": []}))
        );
        assert!(server.topic(&topic).is_null(), "brokers are not told");
        assert_eq!(post(server, &format!("/channel/delete?{channel}")), done);
        assert_eq!(post(server, &format!("/topic/delete?topic={topic}")), done);
        assert_eq!(get(server, &format!("/lookup?topic={topic}")).0, 404);
        assert_eq!(
            http::get(server.lookupd_http(), "/ping").unwrap().text(),
            "OK"
        );
        assert_eq!(get(server, "/info"), (200, json!({"version": "1.3.0"})));
        assert_eq!(get(server, "/nothing").0, 404);
        assert_eq!(post(server, "/nodes").0, 405);
    });
}

#[test]
fn a_new_topic_starts_with_the_channels_that_are_known() {
    on_both(settings(), |server| {
        // nsqd is listed a little before it knows where to ask.
        wait_until(PATIENCE, "a new topic has the durable channel only", || {
            let topic = fresh("known");
            for channel in ["durable", "fleeting%23ephemeral"] {
                let path = format!("/channel/create?topic={topic}&channel={channel}");
                assert_eq!(post(server, &path).0, 200);
            }
            Probe::connect(server.tcp()).publish(&topic, b"x");
            let stats = server.topic(&topic);
            let channels = stats["channels"].as_array().unwrap();
            let names: Vec<&Value> = channels.iter().map(|c| &c["channel_name"]).collect();
            assert!(names.iter().all(|name| *name == "durable"), "{names:?}");
            names.len() == 1
        });
    });
}

#[test]
fn a_broker_that_stops_is_forgotten_and_comes_back() {
    on_both(settings(), |server| {
        let topic = fresh("back");
        Probe::connect(server.tcp()).publish(&topic, b"x");
        let lookup = format!("/lookup?topic={topic}");
        let producers = || {
            get(server, &lookup).1["producers"]
                .as_array()
                .map_or(0, Vec::len)
        };
        wait_until(PATIENCE, "it is registered", || producers() == 1);
        server.restart();
        let producers = || {
            get(server, &lookup).1["producers"]
                .as_array()
                .map_or(0, Vec::len)
        };
        wait_until(PATIENCE, "it is registered again", || producers() == 1);
    });
}

#[test]
fn everything_that_is_registered_can_be_looked_at() {
    on_both(settings(), |server| {
        let topic = fresh("debug");
        let _consumer = Probe::subscribed(server.tcp(), &topic, "c");
        let key = format!("channel:{topic}:c");
        wait_until(PATIENCE, "the channel is registered", || {
            get(server, "/debug").1.get(&key).is_some()
        });
        let node = format!("127.0.0.1:{}", server.http().port());
        let tombstone = format!("/topic/tombstone?topic={topic}&node={node}");
        assert_eq!(post(server, &tombstone).0, 200);
        let (status, page) = get(server, "/debug");
        assert_eq!(status, 200);
        for (key, tombstoned) in [
            ("client::", false),
            (&*key, false),
            (&*format!("topic:{topic}:"), true),
        ] {
            let entry = &page[key][0];
            let expected = json!({
                "id": entry["id"], "hostname": entry["hostname"], "broadcast_address": "127.0.0.1",
                "tcp_port": server.tcp().port(), "http_port": server.http().port(),
                "version": "1.3.0", "last_update": entry["last_update"],
                "tombstoned": tombstoned, "tombstoned_at": entry["tombstoned_at"],
            });
            assert_eq!(*entry, expected, "{key}");
            assert!(entry["last_update"].as_i64() > Some(1_500_000_000_000_000_000));
            let at = entry["tombstoned_at"].as_i64().unwrap();
            assert_eq!(at > 1_500_000_000_000_000_000, tombstoned, "{key}: {at}");
        }
    });
}
