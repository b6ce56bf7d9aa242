//! How a connection begins.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{Decoder, Encoder};

use super::{Coding, Probe};
use crate::wire::Wire;
use crate::{Event, PATIENCE, Trust};

impl Probe {
    /// Connects and sends the magic of V2.
    #[track_caller]
    pub fn connect(addr: SocketAddr) -> Probe {
        let mut probe = Probe::silent(addr);
        probe.send(b"  V2");
        probe
    }

    /// Connects and says nothing.
    #[track_caller]
    pub fn silent(addr: SocketAddr) -> Probe {
        Probe {
            wire: Wire::connect(addr),
            received: Vec::new(),
            coding: None,
            shows_heartbeats: false,
        }
    }

    /// Connects and identifies by `json`, which `feature_negotiation` is added to.
    #[track_caller]
    pub fn identified(addr: SocketAddr, mut json: serde_json::Value) -> Probe {
        json["feature_negotiation"] = true.into();
        let mut probe = Probe::connect(addr);
        probe.identify(json.to_string().as_bytes());
        let reply = probe.response();
        assert!(reply.starts_with('{'), "IDENTIFY {json}: {reply}");
        probe
    }

    /// As [`Probe::identified`], and compresses from then on by one of the two ways.
    #[track_caller]
    pub fn compressed(addr: SocketAddr, way: &str, mut json: serde_json::Value) -> Probe {
        json[way] = true.into();
        let mut probe = Probe::identified(addr, json);
        probe.compress(way);
        probe
    }

    /// Compresses from now on, as was agreed, and waits for `OK`.
    #[track_caller]
    pub fn compress(&mut self, way: &str) {
        let (encoder, decoder) = match way {
            "snappy" => (Encoder::snappy(), Decoder::snappy()),
            _ => (Encoder::deflate(6), Decoder::deflate()),
        };
        let mut packed = BytesMut::new();
        packed.extend_from_slice(&std::mem::take(&mut self.received));
        self.coding = Some(Coding {
            encoder,
            decoder,
            packed,
        });
        self.receive(&[]);
        self.ok();
    }

    /// As [`Probe::identified`], and encrypts from then on.
    #[track_caller]
    pub fn encrypted(addr: SocketAddr, trust: &Trust, mut json: serde_json::Value) -> Probe {
        json["tls_v1"] = true.into();
        let mut probe = Probe::identified(addr, json);
        probe.encrypt(trust).expect("TLS");
        probe
    }

    /// TLS from now on, as was agreed, up to the `OK` in it.
    ///
    /// # Errors
    /// What either side has against the other.
    pub fn encrypt(&mut self, trust: &Trust) -> io::Result<()> {
        assert!(self.received.is_empty(), "TLS begins with our word");
        self.coding = None;
        self.wire.encrypt(trust)?;
        loop {
            match self.buffered() {
                Some(event) => {
                    assert_eq!(event, Event::Response("OK".to_owned()));
                    return Ok(());
                }
                None if self.pull()? == 0 => return Err(ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        }
    }

    /// AUTH, which is accepted; the answer's JSON.
    #[track_caller]
    pub fn authenticate(&mut self, secret: &str) -> serde_json::Value {
        self.command("AUTH", secret.as_bytes());
        serde_json::from_str(&self.response()).expect("JSON")
    }

    /// Subscribes a new connection, with messages written at once, and waits for `OK`.
    #[track_caller]
    pub fn subscribed(addr: SocketAddr, topic: &str, channel: &str) -> Probe {
        let unbuffered = serde_json::json!({"output_buffer_size": -1});
        Probe::subscribed_with(addr, topic, channel, unbuffered)
    }

    /// As [`Probe::subscribed`], with other terms.
    #[track_caller]
    pub fn subscribed_with(
        addr: SocketAddr,
        topic: &str,
        channel: &str,
        terms: serde_json::Value,
    ) -> Probe {
        let mut probe = Probe::identified(addr, terms);
        probe.line(&format!("SUB {topic} {channel}"));
        probe.ok();
        probe
    }

    /// Reads past a record that says why TLS did not come about, if there is one.
    #[track_caller]
    pub fn skip_alert(&mut self) {
        while self.received.len() < 5 {
            self.wire.wait_for(PATIENCE);
            if self.pull().expect("something from the server") == 0 {
                return;
            }
        }
        // Content type 21, a version, a length.
        if self.received.starts_with(&[21, 3]) {
            let length = usize::from(u16::from_be_bytes([self.received[3], self.received[4]]));
            self.received.drain(..(5 + length).min(self.received.len()));
        }
    }
}
