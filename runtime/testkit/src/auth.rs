//! The server that nsqd asks what a client may do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Answers nsqd's `GET /auth?…&secret=…` for as long as it lives.
///
/// Secrets here are of letters and digits, so that they are the same in a query.
#[derive(Debug)]
pub struct AuthServer {
    addr: SocketAddr,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// The status and JSON for each secret; others are told 403.
    answers: BTreeMap<String, (u16, String)>,
    asked: Vec<String>,
}

impl AuthServer {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is none.
    pub fn start() -> AuthServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("its address");
        let known = Arc::<Mutex<Known>>::default();
        let weak = Arc::downgrade(&known);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Without anybody to ask for, the next request ends the thread.
                let (Ok(stream), Some(known)) = (stream, weak.upgrade()) else {
                    return;
                };
                // nsqd notices an answer that did not come.
                let _ = answer(stream, &known);
            }
        });
        AuthServer { addr, known }
    }

    /// Where nsqd asks.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on `secret` may publish to and subscribe what the patterns match, for `ttl` seconds
    /// until nsqd asks again. Publishing needs a pattern of channels that matches the empty one.
    pub fn permit(&self, secret: &str, topics: &str, permissions: &[&str], ttl: u32) {
        let permissions: Vec<String> = permissions.iter().map(|one| format!("\"{one}\"")).collect();
        let permissions = permissions.join(",");
        let json = format!(
            r#"{{"ttl":{ttl},"identity":"test","identity_url":"","authorizations":[{{"topic":"{topics}","channels":[".*"],"permissions":[{permissions}]}}]}}"#
        );
        self.answers_with(secret, 200, json);
    }

    /// From now on whoever asks about `secret` is told this, whatever nsqd makes of it.
    pub fn answers_with(&self, secret: &str, status: u16, body: impl Into<String>) {
        let answer = (status, body.into());
        self.known().answers.insert(secret.to_owned(), answer);
    }

    /// From now on `secret` may do nothing.
    pub fn revoke(&self, secret: &str) {
        self.known().answers.remove(secret);
    }

    /// The queries so far.
    pub fn asked(&self) -> Vec<String> {
        self.known().asked.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(stream: TcpStream, known: &Mutex<Known>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
    }
    let query = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let secret = query
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("secret="));
    let answer = {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.asked.push(query.clone());
        secret.and_then(|secret| known.answers.get(secret).cloned())
    };
    let refused = || (403, r#"{"message":"NOT_AUTHORIZED"}"#.to_owned());
    let (status, body) = answer.unwrap_or_else(refused);
    let head = format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    reader.get_mut().write_all((head + &body).as_bytes())
}
