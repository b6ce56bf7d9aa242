//! AUTH: who is asked what, and what the answer permits.

use std::time::{Duration, Instant};

use kubefuncs_conformance::{
    Event, PATIENCE, Probe, Server, Settings, TlsSettings, Trust, fresh, many, on_both,
};
use serde_json::{Value, json};

const BOTH: &[&str] = &["publish", "subscribe"];

/// From now on `secret` gets this for 60 s.
fn permit(server: &Server, secret: &str, authorizations: &Value) {
    let answer = json!({"ttl": 60, "authorizations": authorizations});
    server.auth().answers_with(secret, 200, answer.to_string());
}

/// A new connection that may do what `authorizations` say.
#[track_caller]
fn with(server: &Server, authorizations: &Value) -> Probe {
    permit(server, "some", authorizations);
    server.probe(json!({}), "some")
}

#[track_caller]
fn denied(probe: &mut Probe, what: &str) {
    let (text, _) = probe.fatal("E_UNAUTHORIZED");
    assert_eq!(text, format!("E_UNAUTHORIZED AUTH failed for {what}"));
}

#[test]
fn before_auth_there_is_no_publishing_and_no_subscribing() {
    on_both(Settings::guarded(), |server| {
        let topic = fresh("first");
        let new = || {
            let mut probe = Probe::connect(server.tcp());
            probe.identify(br#"{"feature_negotiation":true}"#);
            let reply: Value = serde_json::from_str(&probe.response()).unwrap();
            assert_eq!(reply["auth_required"], true);
            probe
        };
        for (line, body) in [
            ("PUB T", b"x".to_vec()),
            ("DPUB T 0", b"x".to_vec()),
            ("SUB T c", Vec::new()),
            ("MPUB T", many(&[b"x"])),
        ] {
            let mut probe = new();
            let line = line.replace(" T", &format!(" {topic}"));
            match body.is_empty() {
                true => probe.line(&line),
                false => probe.command(&line, &body),
            }
            let verb = line.split(' ').next().unwrap();
            let (text, _) = probe.fatal("E_AUTH_FIRST");
            assert_eq!(text, format!("E_AUTH_FIRST AUTH required before {verb}"));
        }
        assert!(server.topic(&topic).is_null());
        // What is wrong anyway is told as such.
        for (line, body, word) in [
            ("PUB a$", "x", "E_BAD_TOPIC"),
            ("PUB a", "", "E_BAD_MESSAGE"),
            ("SUB a b$", "", "E_BAD_CHANNEL"),
            ("RDY 1", "", "E_INVALID"),
            ("AUTH me", "", "E_INVALID"),
        ] {
            let mut probe = new();
            probe.command(line, body.as_bytes());
            probe.fatal(word);
        }
        // HTTP asks nobody.
        assert_eq!(
            server.post(&format!("/pub?topic={topic}"), b"x").status,
            200
        );
        assert_eq!(server.auth().asked().len(), 0);
        // Whoever waits may do so.
        let mut waits = new();
        waits.line("NOP");
        waits.command("AUTH", b"stranger");
        waits.fatal("E_AUTH_FAILED");
    });
}

#[test]
fn who_is_known_is_told_so_and_shown_so() {
    on_both(Settings::guarded(), |server| {
        let topic = fresh("known");
        let answer = json!({
            "ttl": 60, "identity": "me", "identity_url": "http://who/me",
            "authorizations": [
                {"topic": ".*", "channels": [".*"], "permissions": BOTH},
                {"topic": "x", "channels": [], "permissions": []},
            ],
        });
        server.auth().answers_with("known", 200, answer.to_string());
        let mut probe = Probe::identified(server.tcp(), json!({}));
        let told = probe.authenticate("known");
        let expected = json!({
            "identity": "me", "identity_url": "http://who/me", "permission_count": 2,
        });
        assert_eq!(told, expected);
        let query = "/auth?common_name=&remote_ip=127.0.0.1&secret=known&tls=false";
        assert_eq!(server.auth().asked(), [query]);
        probe.line(&format!("SUB {topic} c"));
        probe.ok();
        let client = server.channel(&topic, "c")["clients"][0].clone();
        for (field, value) in [
            ("authed", json!(true)),
            ("auth_identity", json!("me")),
            ("auth_identity_url", json!("http://who/me")),
        ] {
            assert_eq!(client[field], value, "{field}");
        }
        assert_eq!(
            server.auth().asked().len(),
            1,
            "what is known is not asked again"
        );
        let mut twice = server.probe(json!({}), "known");
        twice.command("AUTH", b"known");
        assert_eq!(twice.fatal("E_INVALID").0, "E_INVALID AUTH already set");
        let mut late = server.probe(json!({}), "known");
        late.line(&format!("SUB {topic} c"));
        late.ok();
        late.line("AUTH");
        let (text, _) = late.fatal("E_INVALID");
        assert_eq!(text, "E_INVALID cannot AUTH in current state");
    });
}

#[test]
fn who_is_not_known_is_refused_without_a_reason() {
    on_both(Settings::guarded(), |server| {
        let auth = server.auth();
        let ttl = |ttl: &str, rest: &str| {
            format!(
                r#"{{"ttl":{ttl},"authorizations":[{{"topic":".*","channels":[".*"],"permissions":["publish"]}}]{rest}}}"#
            )
        };
        for (secret, status, body) in [
            ("error", 500, ttl("60", "")),
            ("created", 201, ttl("60", "")),
            ("zero", 200, ttl("0", "")),
            ("negative", 200, ttl("-1", "")),
            ("fraction", 200, ttl("1.5", "")),
            ("text", 200, ttl("\"60\"", "")),
            ("identity", 200, ttl("60", r#","identity":7"#)),
            ("trailing", 200, ttl("60", "") + "x"),
            ("empty", 200, String::new()),
            ("null", 200, "null".to_owned()),
            ("list", 200, "[]".to_owned()),
            ("permission", 200, ttl("60", "").replace("publish", "admin")),
            ("pattern", 200, ttl("60", "").replace(".*", "(")),
        ] {
            auth.answers_with(secret, status, body);
            let mut probe = Probe::identified(server.tcp(), json!({}));
            probe.command("AUTH", secret.as_bytes());
            let (text, _) = probe.fatal("E_AUTH_FAILED");
            assert_eq!(text, "E_AUTH_FAILED AUTH failed", "{secret}");
        }
        auth.answers_with(
            "good",
            200,
            ttl("60", r#","more":[{}],"Identity":"you","identity":"me""#),
        );
        let mut probe = Probe::identified(server.tcp(), json!({}));
        assert_eq!(probe.authenticate("good")["identity"], "me");
        for nothing in [json!([]), json!(null)] {
            permit(server, "nothing", &nothing);
            let mut probe = Probe::identified(server.tcp(), json!({}));
            probe.command("AUTH", b"nothing");
            let (text, _) = probe.fatal("E_UNAUTHORIZED");
            assert_eq!(text, "E_UNAUTHORIZED AUTH no authorizations found");
        }
    });
}

#[test]
fn any_bytes_are_a_secret() {
    on_both(Settings::guarded(), |server| {
        let mut probe = Probe::identified(server.tcp(), json!({}));
        probe.command("AUTH", b"a b&c=d/\xff\0~*'");
        probe.fatal("E_AUTH_FAILED");
        let query =
            "/auth?common_name=&remote_ip=127.0.0.1&secret=a+b%26c%3Dd%2F%FF%00~%2A%27&tls=false";
        assert_eq!(server.auth().asked(), [query]);
    });
}

#[test]
fn publishing_and_subscribing_are_permitted_each_for_itself() {
    on_both(Settings::guarded(), |server| {
        let topic = fresh("each");
        let only = |permission: &str| {
            let rule = json!({"topic": ".*", "channels": [".*"], "permissions": [permission]});
            with(server, &json!([rule]))
        };
        let mut publisher = only("publish");
        publisher.publish(&topic, b"x");
        publisher.command(&format!("MPUB {topic}"), &many(&[b"x", b"y"]));
        publisher.ok();
        publisher.command(&format!("DPUB {topic} 0"), b"x");
        publisher.ok();
        publisher.line(&format!("SUB {topic} c"));
        denied(&mut publisher, &format!("SUB on \"{topic}\" \"c\""));
        let mut subscriber = only("subscribe");
        subscriber.line(&format!("SUB {topic} c"));
        subscriber.ok();
        let new = fresh("never");
        subscriber.command(&format!("PUB {new}"), b"x");
        denied(&mut subscriber, &format!("PUB on \"{new}\" \"\""));
        let mut subscriber = only("subscribe");
        subscriber.line(&format!("MPUB {new}"));
        denied(&mut subscriber, &format!("MPUB on \"{new}\" \"\""));
        let mut subscriber = only("subscribe");
        subscriber.command(&format!("DPUB {new} 5"), b"x");
        denied(&mut subscriber, &format!("DPUB on \"{new}\" \"\""));
        assert!(server.topic(&new).is_null());
    });
}

#[test]
fn patterns_are_found_anywhere_and_publishing_needs_one_for_no_channel() {
    on_both(Settings::guarded(), |server| {
        let rule = |topic: &str, channels: &[&str]| json!([{"topic": topic, "channels": channels, "permissions": BOTH}]);
        for (channels, may) in [
            (&[".*"][..], true),
            (&[""], true),
            (&["^$"], true),
            (&["^c$", "x*"], true),
            (&["^c$"], false),
            (&["c"], false),
            (&[], false),
        ] {
            let mut probe = with(server, &rule("^p", channels));
            probe.command("PUB published", b"x");
            match may {
                true => probe.ok(),
                false => denied(&mut probe, "PUB on \"published\" \"\""),
            }
        }
        for (topic, channel, may) in [
            ("ap", "bc", true),
            ("pa", "cb#ephemeral", true),
            ("xx", "c", false),
            ("P", "c", false),
            ("p", "x", false),
        ] {
            let mut probe = with(server, &rule("p", &["c", "^$"]));
            probe.line(&format!("SUB {topic} {channel}"));
            match may {
                true => probe.ok(),
                false => denied(&mut probe, &format!("SUB on \"{topic}\" \"{channel}\"")),
            }
        }
    });
}

/// Permitted for a second, and publishing until that is over.
fn for_a_second(server: &Server, secret: &str) -> Probe {
    server.auth().permit(secret, ".*", BOTH, 1);
    let mut probe = server.probe(json!({}), secret);
    probe.publish("t", b"x");
    probe
}

/// Publishes until the auth server is asked again; the answer to that publish.
fn once_asked_again(server: &Server, probe: &mut Probe) -> Event {
    let before = server.auth().asked().len();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        probe.command("PUB t", b"x");
        let answer = probe.arrives();
        if server.auth().asked().len() > before {
            return answer;
        }
        assert_eq!(answer, Event::Response("OK".to_owned()));
        probe.silence(Duration::from_millis(20));
    }
    panic!("it is never asked again");
}

#[test]
fn a_permission_is_asked_for_again_when_it_is_over() {
    on_both(Settings::guarded(), |server| {
        let error = |text: &str| Event::Error(text.to_owned());
        let mut renewed = for_a_second(server, "renewed");
        let answer = once_asked_again(server, &mut renewed);
        assert_eq!(answer, Event::Response("OK".to_owned()));

        let mut revoked = for_a_second(server, "revoked");
        server.auth().revoke("revoked");
        let answer = once_asked_again(server, &mut revoked);
        assert_eq!(answer, error("E_AUTH_FAILED AUTH failed"));
        revoked.end();

        let denied = error("E_UNAUTHORIZED AUTH failed for PUB on \"t\" \"\"");
        let mut less = for_a_second(server, "less");
        server.auth().permit("less", ".*", &["subscribe"], 60);
        assert_eq!(once_asked_again(server, &mut less), denied);
        less.end();
        let mut none = for_a_second(server, "none");
        permit(server, "none", &json!([]));
        assert_eq!(once_asked_again(server, &mut none), denied);
        none.end();
    });
}

#[test]
fn the_auth_server_is_told_of_tls_and_of_the_certificate() {
    let settings = Settings {
        tls: Some(TlsSettings::mutual()),
        ..Settings::guarded()
    };
    on_both(settings, |server| {
        server.auth().permit("sesame", ".*", BOTH, 60);
        let pair = server.ca().issue(&["the.client", "other"]);
        let trust = Trust::showing(server.ca(), &pair);
        let mut probe = Probe::encrypted(server.tcp(), &trust, json!({}));
        probe.authenticate("sesame");
        probe.publish("t", b"x");
        let query = "/auth?common_name=the.client&remote_ip=127.0.0.1&secret=sesame&tls=true";
        assert_eq!(server.auth().asked(), [query]);
        let mut clear = Probe::identified(server.tcp(), json!({}));
        clear.command("AUTH", b"sesame");
        clear.fatal("E_INVALID");
        assert_eq!(
            server.auth().asked().len(),
            1,
            "a secret in clear is not shown around"
        );
    });
}
