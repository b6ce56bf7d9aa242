//! A TCP proxy that a test can cut or silence: what a partition does to those on both sides.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::Port;

/// How the two sides of a [`Proxy`] hear of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Everything passes.
    Open,
    /// Nothing passes and nothing is closed: a half-open network. What is sent meanwhile arrives
    /// once the link is open again. New connections are taken and hear nothing.
    Silent,
    /// Connections are closed, new ones at once.
    Cut,
}

/// Forwards TCP connections from a port of its own to one server. Its end closes them all.
///
/// To put one before an nsqd, start the proxy first, give its port to
/// [`NsqdOptions::broadcast_port`](crate::NsqdOptions::broadcast_port), and then say where the nsqd
/// is with [`Proxy::forward_to`].
#[derive(Debug)]
pub struct Proxy {
    port: Port,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    link: Link,
    target: Option<SocketAddr>,
    /// By number, both ends of each connection, the oldest first.
    joined: BTreeMap<u64, [TcpStream; 2]>,
    count: u64,
    /// What clients have sent, if it is kept.
    sent: Option<Vec<u8>>,
    over: bool,
}

impl Proxy {
    /// Listens; what connects before [`Proxy::forward_to`] is closed.
    ///
    /// # Panics
    /// When it cannot listen.
    pub fn start() -> Proxy {
        let port = Port::reserve();
        let listener = TcpListener::bind(port.addr()).expect("a reserved port is free");
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                link: Link::Open,
                target: None,
                joined: BTreeMap::new(),
                count: 0,
                sent: None,
                over: false,
            }),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Proxy { port, shared }
    }

    /// One that leads to `server`, and keeps what clients send.
    ///
    /// # Panics
    /// As [`Proxy::start`].
    pub fn recording(server: SocketAddr) -> Proxy {
        let proxy = Proxy::start();
        proxy.shared.lock().sent = Some(Vec::new());
        proxy.forward_to(server);
        proxy
    }

    /// What clients have sent so far, all connections together, if this one is
    /// [recording](Proxy::recording).
    pub fn sent(&self) -> Vec<u8> {
        self.shared.lock().sent.clone().unwrap_or_default()
    }

    /// Whether clients have sent these bytes, as far as it is [recording](Proxy::recording).
    pub fn saw(&self, bytes: impl AsRef<[u8]>) -> bool {
        let bytes = bytes.as_ref();
        self.sent()
            .windows(bytes.len())
            .any(|window| window == bytes)
    }

    /// Where clients connect.
    pub fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// Where connections lead from now on.
    pub fn forward_to(&self, target: SocketAddr) {
        self.shared.lock().target = Some(target);
    }

    /// Opens, silences or cuts the link.
    pub fn set(&self, link: Link) {
        let mut state = self.shared.lock();
        state.link = link;
        if link == Link::Cut {
            state.close_all();
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.shared.lock().joined.len()
    }

    /// Closes the oldest connection and no other; whether there was one.
    pub fn cut_one(&self) -> bool {
        let oldest = self.shared.lock().joined.pop_first();
        oldest.inspect(|(_, ends)| close(ends)).is_some()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        state.close_all();
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts, which then sees that all is over.
        let _ = TcpStream::connect(self.addr());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the link is silent; whether what was read may pass.
    fn may_pass(&self) -> bool {
        let mut state = self.lock();
        while state.link == Link::Silent && !state.over {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.link == Link::Open && !state.over
    }
}

impl State {
    fn close_all(&mut self) {
        for ends in std::mem::take(&mut self.joined).values() {
            close(ends);
        }
    }
}

fn close(ends: &[TcpStream; 2]) {
    for end in ends {
        // One that is closed already is no trouble.
        let _ = end.shutdown(Shutdown::Both);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        let mut state = shared.lock();
        if state.over {
            return;
        }
        let target = state.target.filter(|_| state.link != Link::Cut);
        let (Ok(client), Some(target)) = (client, target) else {
            continue;
        };
        // Held meanwhile, so that a cut misses no connection; both ends are on this machine.
        state.count += 1;
        let number = state.count;
        if let Ok(ends) = join(client, target, number, shared) {
            state.joined.insert(number, ends);
        }
    }
}

/// Connects both and forwards in both directions.
fn join(
    client: TcpStream,
    target: SocketAddr,
    number: u64,
    shared: &Arc<Shared>,
) -> io::Result<[TcpStream; 2]> {
    let server = TcpStream::connect_timeout(&target, Duration::from_secs(1))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let pair = [client.try_clone()?, server.try_clone()?];
    let there = (client.try_clone()?, server.try_clone()?, true);
    for (from, to, keeps) in [there, (server, client, false)] {
        let shared = Arc::clone(shared);
        thread::spawn(move || forward(from, to, number, keeps, &shared));
    }
    Ok(pair)
}

fn forward(mut from: TcpStream, mut to: TcpStream, number: u64, keeps: bool, shared: &Shared) {
    let mut chunk = [0; 16 << 10];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(read) if read > 0 => read,
            _ => break,
        };
        if keeps && let Some(sent) = &mut shared.lock().sent {
            sent.extend_from_slice(&chunk[..read]);
        }
        if !shared.may_pass() || to.write_all(&chunk[..read]).is_err() {
            break;
        }
    }
    // An end, too, is news that does not pass a silent link.
    shared.may_pass();
    close(&[to, from]);
    shared.lock().joined.remove(&number);
}
