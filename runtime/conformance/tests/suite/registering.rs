//! nsqlookupd's protocol, by which nsqd processes register.

use std::io::{Read, Write};
use std::net::TcpStream;

use kubefuncs_conformance::{PATIENCE, Probe, Server, fresh, on_both};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq, wait_until};
use serde_json::{Value, json};

use crate::directory::{get, names, post, settings};

/// Bytes in, bytes out: a length and as many.
struct Registrar(TcpStream);

impl Registrar {
    fn connect(server: &Server) -> Registrar {
        let stream = TcpStream::connect(server.lookupd_tcp()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Registrar(stream)
    }

    fn ask(&mut self, bytes: &[u8]) -> String {
        self.0.write_all(bytes).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut text = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// The first word of an error, after which nothing more comes.
    fn fatal(&mut self, bytes: &[u8]) -> String {
        let text = self.ask(bytes);
        assert_eq!(self.0.read(&mut [0]).unwrap(), 0, "{text}");
        text.split(' ').next().unwrap().to_owned()
    }

    fn identified(server: &Server, json: &Value) -> Registrar {
        let mut registrar = Registrar::connect(server);
        let body = json.to_string();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let reply = registrar.ask(&[b"  V1IDENTIFY\n", &length[..], body.as_bytes()].concat());
        let reply: Value = serde_json::from_str(&reply).expect(&reply);
        assert_eq!(reply["tcp_port"], server.lookupd_tcp().port());
        assert_eq!(reply["http_port"], server.lookupd_http().port());
        assert_eq!(reply["version"], "1.3.0");
        registrar
    }
}

fn introduction() -> Value {
    json!({
        "broadcast_address": "far.example", "hostname": "far", "tcp_port": 1, "http_port": 2,
        "version": "9.9",
    })
}

#[test]
fn other_brokers_register_by_the_protocol() {
    on_both(settings(), |server| {
        let topic = fresh("remote");
        let lookup = format!("/lookup?topic={topic}");
        let mut far = Registrar::identified(server, &introduction());
        assert_eq!(far.ask(b"PING\n"), "OK");
        assert_eq!(far.ask(format!("REGISTER {topic} c\n").as_bytes()), "OK");
        assert_eq!(
            far.ask(format!("REGISTER {topic} d#ephemeral\r\n").as_bytes()),
            "OK"
        );
        let (_, found) = get(server, &lookup);
        assert_eq!(names(&found["channels"]), ["c", "d#ephemeral"]);
        let producer = &found["producers"][0];
        assert_eq!(producer["broadcast_address"], "far.example");
        assert_eq!(
            (&producer["tcp_port"], &producer["http_port"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(
            get(server, "/nodes").1["producers"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        for channel in ["c", "d#ephemeral"] {
            let line = format!("UNREGISTER {topic} {channel}\n");
            assert_eq!(far.ask(line.as_bytes()), "OK");
        }
        let (_, found) = get(server, &lookup);
        assert_eq!(
            names(&found["channels"]),
            ["c"],
            "a durable one stays known"
        );
        assert_eq!(found["producers"].as_array().unwrap().len(), 1);
        assert_eq!(far.ask(format!("UNREGISTER {topic}\n").as_bytes()), "OK");
        assert_eq!(get(server, &lookup).1["producers"], json!([]));
        assert_eq!(far.ask(format!("REGISTER {topic}\n").as_bytes()), "OK");
        drop(far);
        let gone = || get(server, &lookup).1["producers"] == json!([]);
        wait_until(PATIENCE, "the closed connection is forgotten", gone);
        assert_eq!(
            get(server, "/nodes").1["producers"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn what_is_no_registration_is_refused() {
    on_both(settings(), |server| {
        let new = || Registrar::connect(server);
        assert_eq!(new().fatal(b"  V2"), "E_BAD_PROTOCOL");
        assert_eq!(new().fatal(b"  V1WHAT\n"), "E_INVALID");
        assert_eq!(new().fatal(b"  V1REGISTER t c\n"), "E_INVALID");
        assert_eq!(new().fatal(b"  V1IDENTIFY\n\0\0\0\x02{x"), "E_BAD_BODY");
        let incomplete = b"  V1IDENTIFY\n\0\0\0\x14{\"tcp_port\":1,\"x\":1}";
        assert_eq!(new().fatal(incomplete), "E_BAD_BODY");
        assert_eq!(new().ask(b"  V1PING\n"), "OK");
        for (line, code) in [
            ("REGISTER $\n", "E_BAD_TOPIC"),
            ("REGISTER t $\n", "E_BAD_CHANNEL"),
            ("UNREGISTER\n", "E_INVALID"),
            ("IDENTIFY\n", "E_INVALID"),
        ] {
            let mut far = Registrar::identified(server, &introduction());
            assert_eq!(far.fatal(line.as_bytes()), code, "{line}");
        }
    });
}

#[test]
fn nsqd_registers_with_either_directory() {
    require_nsq!();
    on_both(settings(), |server| {
        let nsqd = Nsqd::start(NsqdOptions::default().lookupd_tcp(server.lookupd_tcp()));
        let port = nsqd.tcp().port();
        let listed = || {
            let (_, nodes) = get(server, "/nodes");
            let nodes = nodes["producers"].as_array().unwrap().clone();
            nodes.iter().any(|node| node["tcp_port"] == port)
        };
        wait_until(PATIENCE, "it is listed", listed);
        let mut topic = String::new();
        wait_until(PATIENCE, "it asks for the channels of a new topic", || {
            topic = fresh("guest");
            let channel = format!("/channel/create?topic={topic}&channel=known");
            assert_eq!(post(server, &channel).0, 200);
            Probe::connect(nsqd.tcp()).publish(&topic, b"x");
            let stats = nsqd.stats(&format!("topic={topic}"));
            stats.contains("\"channel_name\":\"known\"")
        });
        let lookup = format!("/lookup?topic={topic}");
        let found = || get(server, &lookup).1["producers"][0]["tcp_port"] == port;
        wait_until(PATIENCE, "its topic is found", found);
        drop(nsqd);
        wait_until(PATIENCE, "it is forgotten", || !listed());
    });
}
