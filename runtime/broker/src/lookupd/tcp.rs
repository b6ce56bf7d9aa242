//! nsqlookupd's protocol (V1), by which nsqd processes register.
//!
//! A client sends `  V1`, then lines; an answer is a u32 length and as many bytes.

use std::sync::Arc;

use kubefuncs_nsq_proto::{Channel, Topic};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::registry::PeerId;
use super::{Key, Peer, Shared};
use crate::VERSION;
use crate::listen;

/// The longest line and the longest body that are read; nsqd's are far shorter.
const MAX_LINE: u64 = 4096;
const MAX_BODY: u32 = 65_536;
/// nsqds at once.
const MAX_CONNECTIONS: usize = 1024;

/// What the answer to IDENTIFY says of the directory itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) tcp_port: u16,
    pub(super) http_port: u16,
}

pub(super) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    own: Own,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    while let Some((stream, _)) = listen::next(&listener, &stop).await {
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            connections.spawn(serve(stream, Arc::clone(&shared), own));
        }
    }
}

/// Dropped with the connection, however it ends.
struct Session {
    shared: Arc<Shared>,
    own: Own,
    remote: String,
    peer: Option<PeerId>,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(peer) = self.peer {
            self.shared.registry().leave(peer);
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, own: Own) {
    let remote = stream.peer_addr().map(|addr| addr.to_string());
    let mut session = Session {
        shared,
        own,
        remote: remote.unwrap_or_default(),
        peer: None,
    };
    let mut stream = BufReader::new(stream);
    let mut magic = [0; 4];
    if stream.read_exact(&mut magic).await.is_err() {
        return;
    }
    if &magic != b"  V1" {
        let _ = answer(&mut stream, b"E_BAD_PROTOCOL").await;
        return;
    }
    loop {
        let mut line = String::new();
        match (&mut stream).take(MAX_LINE).read_line(&mut line).await {
            Ok(_) if line.ends_with('\n') => {}
            _ => return,
        }
        session.shared.gate.pass().await;
        let words: Vec<&str> = line.trim().split(' ').collect();
        let (text, goes_on) = match session.execute(&words, &mut stream).await {
            Ok(text) => (text, true),
            Err(text) => (text, false),
        };
        if answer(&mut stream, text.as_bytes()).await.is_err() || !goes_on {
            return;
        }
    }
}

async fn answer(stream: &mut BufReader<TcpStream>, text: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    stream
        .write_all(&[&length.to_be_bytes(), text].concat())
        .await
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Introduction {
    hostname: String,
    broadcast_address: String,
    tcp_port: u16,
    http_port: u16,
    version: String,
}

impl Session {
    /// The answer; an error closes the connection.
    async fn execute(
        &mut self,
        words: &[&str],
        stream: &mut BufReader<TcpStream>,
    ) -> Result<String, String> {
        let ok = || Ok("OK".to_owned());
        match words {
            ["PING", ..] => {
                if let Some(peer) = self.peer {
                    self.shared.registry().ping(peer, Instant::now());
                }
                ok()
            }
            ["IDENTIFY", ..] => self.identify(stream).await,
            ["REGISTER", rest @ ..] => {
                let (peer, key) = self.registration("REGISTER", rest)?;
                self.shared.registry().register(peer, key);
                ok()
            }
            ["UNREGISTER", rest @ ..] => {
                let (peer, key) = self.registration("UNREGISTER", rest)?;
                self.shared.registry().unregister(peer, &key);
                ok()
            }
            _ => {
                let verb = words.first().copied().unwrap_or_default();
                Err(format!("E_INVALID invalid command {verb}"))
            }
        }
    }

    fn registration(&self, verb: &str, words: &[&str]) -> Result<(PeerId, Key), String> {
        let Some(peer) = self.peer else {
            return Err("E_INVALID client must IDENTIFY".to_owned());
        };
        let Some(&topic) = words.first() else {
            return Err(format!("E_INVALID {verb} insufficient number of params"));
        };
        let channel = words.get(1).copied().filter(|channel| !channel.is_empty());
        let key = Key {
            topic: Topic::new(topic)
                .map_err(|_| format!("E_BAD_TOPIC {verb} topic name '{topic}' is not valid"))?,
            channel: channel
                .map(|channel| {
                    Channel::new(channel).map_err(|_| {
                        format!("E_BAD_CHANNEL {verb} channel name '{channel}' is not valid")
                    })
                })
                .transpose()?,
        };
        Ok((peer, key))
    }

    async fn identify(&mut self, stream: &mut BufReader<TcpStream>) -> Result<String, String> {
        if self.peer.is_some() {
            return Err("E_INVALID cannot IDENTIFY again".to_owned());
        }
        let bad = |what: &str| format!("E_BAD_BODY IDENTIFY {what}");
        let length = stream
            .read_u32()
            .await
            .map_err(|_| bad("failed to read body size"))?;
        if length > MAX_BODY {
            return Err(bad("body too big"));
        }
        let mut body = vec![0; length as usize];
        let read = stream.read_exact(&mut body).await;
        read.map_err(|_| bad("failed to read body"))?;
        let said: Introduction =
            serde_json::from_slice(&body).map_err(|_| bad("failed to decode JSON body"))?;
        let missing = said.broadcast_address.is_empty() || said.version.is_empty();
        if missing || said.tcp_port == 0 || said.http_port == 0 {
            return Err(bad("missing fields"));
        }
        let peer = Peer {
            remote_address: self.remote.clone(),
            hostname: said.hostname,
            broadcast_address: said.broadcast_address,
            tcp_port: said.tcp_port,
            http_port: said.http_port,
            version: said.version,
        };
        self.peer = Some(self.shared.registry().join(peer, Instant::now()));
        let reply = serde_json::json!({
            "broadcast_address": "127.0.0.1",
            "hostname": "localhost",
            "http_port": self.own.http_port,
            "tcp_port": self.own.tcp_port,
            "version": VERSION,
        });
        Ok(reply.to_string())
    }
}
