//! A server of bare sockets, so that nothing of ours is on its side.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use kubefuncs_testkit::Port;

use crate::support::PATIENCE;

/// A request as a server reads it off its socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn has(&self, header: &str) -> bool {
        self.headers
            .iter()
            .any(|found| found.eq_ignore_ascii_case(header))
    }

    pub(crate) fn names(&self, name: &str) -> usize {
        let prefix = format!("{name}:");
        let lower = self.headers.iter().map(|line| line.to_ascii_lowercase());
        lower.filter(|line| line.starts_with(&prefix)).count()
    }
}

/// A running server. Each connection gets one answer, and is closed.
pub(crate) struct Server {
    port: Port,
    asked: Arc<Mutex<Vec<Asked>>>,
    running: Arc<AtomicUsize>,
    pub(crate) most: Arc<AtomicUsize>,
    pub(crate) open: Sender<()>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::on(Port::reserve())
    }

    pub(crate) fn on(port: Port) -> Self {
        let listener = TcpListener::bind(port.addr()).unwrap();
        let (open, gate) = channel();
        let server = Self {
            port,
            asked: Arc::default(),
            running: Arc::default(),
            most: Arc::default(),
            open,
        };
        let gate = Arc::new(Mutex::new(gate));
        let (asked, running, most) = (
            server.asked.clone(),
            server.running.clone(),
            server.most.clone(),
        );
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, gate) = (asked.clone(), gate.clone());
                let (running, most) = (running.clone(), most.clone());
                thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    if !request.line.contains(" /up ") {
                        asked.lock().unwrap().push(request.clone());
                    }
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    answer(&stream, &request, &gate);
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.port)
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut asked = Asked::default();
    reader
        .read_line(&mut asked.line)
        .ok()
        .filter(|&read| read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim() {
            "" => break,
            line => asked.headers.push(line.to_owned()),
        }
    }
    let length = asked.headers.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.eq_ignore_ascii_case("content-length")).then(|| value.parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).unwrap();
    Some(asked)
}

/// What the server does, by path; `/gate` waits until the test lets one go.
fn answer(mut stream: &TcpStream, asked: &Asked, gate: &Mutex<Receiver<()>>) {
    let path = asked.line.split(' ').nth(1).unwrap_or_default();
    let text = match path.split('?').next().unwrap_or_default() {
        "/framing" => {
            "HTTP/1.1 203 Odd\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\
             Transfer-Encoding: chunked\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n\
             3\r\none\r\n0\r\n\r\n"
                .to_owned()
        }
        "/short" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_owned(),
        "/garbage" => "no HTTP at all\r\n\r\n".to_owned(),
        "/huge" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            let chunk = [b'x'; 64 * 1024];
            while stream.write_all(&chunk).is_ok() {}
            return;
        }
        "/busy" => "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/gate" => {
            let _ = gate.lock().unwrap().recv_timeout(PATIENCE);
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlate\n".to_owned()
        }
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".to_owned(),
    };
    let _ = stream.write_all(text.as_bytes());
}
