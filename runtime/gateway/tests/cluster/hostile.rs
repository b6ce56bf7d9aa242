//! Callers that mean no good, in numbers: the others are served, and memory stays bounded.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use kubefuncs_testkit::{http, require_nsq, wait_until};

use crate::cluster::{Cluster, LIMIT, Program, wait_served};

/// More than the gateway's bounds add up to in a build for tests, and far less than what callers
/// here would like it to hold.
const MEMORY: f64 = 400e6;

fn served(gateway: &Program) {
    for _ in 0..20 {
        let answer = http::post(gateway.main(), "/test/", &[b'x'; 10_000]).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let memory = gateway.metric("process_resident_memory_bytes ");
    assert!(memory < MEMORY, "{memory} bytes");
}

fn connect(to: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(to).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

/// The status of whatever is answered, when the connection is closed.
fn status(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is an end, too.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer)
        .chars()
        .skip(9)
        .take(3)
        .collect()
}

/// As many as descriptors allow, 10,000 at most: this process and the gateway have the same limit.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    soft.unwrap_or(1024_usize).saturating_sub(500).min(10_000)
}

#[test]
fn thousands_of_idle_connections_are_in_nobodys_way() {
    require_nsq!();
    let cluster = Cluster::start("{/test/: {topic: test, timeout: 10s}}");
    let (gateway, _function) = (cluster.gateway(), cluster.function());
    wait_served(&gateway, "/test/");
    let count = connections();
    // Some have never said anything, some have had an answer, some are in the middle of a head.
    let mut idle = Vec::with_capacity(count);
    for number in 0..count {
        let mut socket = connect(gateway.main());
        match number % 10 {
            0 => {
                socket
                    .write_all(b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
                    .unwrap();
                assert!(socket.read(&mut [0; 1]).unwrap() > 0);
            }
            1 => socket
                .write_all(b"GET /test/ HTTP/1.1\r\nHost: h\r\nX-Slow: ")
                .unwrap(),
            2 => socket
                .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                .unwrap(),
            _ => (),
        }
        idle.push(socket);
    }
    served(&gateway);
    println!(
        "{count} connections: {:.0} MB",
        gateway.metric("process_resident_memory_bytes ") / 1e6
    );
    // Those that say nothing are soon cut; those that had an answer, or speak HTTP/2, may stay for
    // as long as any idle connection.
    wait_until(LIMIT, "the silent ones are cut", || {
        gateway.metric("kubefuncs_gateway_connections ") <= (count / 5) as f64 + 10.0
    });
    drop(idle);
}

#[test]
fn slow_heads_large_heads_and_endless_bodies_are_cut() {
    require_nsq!();
    let cluster = Cluster::start("{/test/: {topic: test, timeout: 10s}}");
    let (gateway, _function) = (cluster.gateway(), cluster.function());
    wait_served(&gateway, "/test/");
    let main = gateway.main();
    // Heads that come byte by byte, for ever.
    let dribble = std::thread::spawn(move || {
        let mut slow: Vec<_> = (0..500).map(|_| connect(main)).collect();
        wait_until(LIMIT, "all slow ones are cut", || {
            slow.retain_mut(|socket| {
                socket.write_all(b"GET / HTTP/1.1\r\nX: ").is_ok() && !gone(socket)
            });
            slow.is_empty()
        });
    });
    let attacks: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..25 {
                    let mut socket = connect(main);
                    let _ = socket.write_all(b"GET /test/ HTTP/1.1\r\nHost: h\r\nX: ");
                    let _ = socket.write_all(&vec![b'x'; 1 << 20]);
                    assert_eq!(status(socket), "431");
                    let mut socket = connect(main);
                    let _ = socket.write_all(
                        b"POST /test/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                    );
                    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
                    // 4 MiB; it is answered long before.
                    for _ in 0..64 {
                        if socket.write_all(&chunk).is_err() {
                            break;
                        }
                    }
                    let _ = socket.shutdown(std::net::Shutdown::Write);
                    assert!(matches!(status(socket).as_str(), "413" | "429"));
                }
            })
        })
        .collect();
    served(&gateway);
    for attack in attacks {
        attack.join().unwrap();
    }
    served(&gateway);
    dribble.join().unwrap();
    assert_eq!(gateway.metric("kubefuncs_gateway_waiting_bytes "), 0.0);
}

#[test]
fn large_bodies_beyond_the_limit_are_refused_and_not_held() {
    /// What the waiting bodies take, some copies of them, and a little for each connection: far
    /// less than what is sent.
    const HELD: f64 = 250e6;
    const BODY: usize = 512 * 1024;
    const REFUSED: &str = "kubefuncs_gateway_requests_total{code=\"429\",topic=\"wait\"} ";

    require_nsq!();
    // Nobody serves it, so whatever is taken waits.
    let cluster = Cluster::start("{/wait/: {topic: wait, timeout: 60s}}");
    let gateway = cluster.gateway();
    let main = gateway.main();
    let count = connections().min(1500);
    let senders: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                let head =
                    format!("POST /wait/ HTTP/1.1\r\nHost: h\r\nContent-Length: {BODY}\r\n\r\n");
                let request = [head.as_bytes(), &[b'x'; BODY]].concat();
                let send = |_| {
                    let mut socket = connect(main);
                    // One that is cut has its answer.
                    let _ = socket.write_all(&request);
                    socket
                };
                (0..count / 4).map(send).collect::<Vec<_>>()
            })
        })
        .collect();
    let open: Vec<_> = senders
        .into_iter()
        .flat_map(|sender| sender.join().unwrap())
        .collect();
    // 24 MiB of bodies may wait for one topic; the others are told.
    wait_until(LIMIT, "the others are told", || {
        let text = http::get(gateway.admin(), "/metrics").unwrap().text();
        let told = text.lines().find_map(|line| line.strip_prefix(REFUSED));
        told.is_some_and(|told| told.trim().parse::<usize>().unwrap() + 48 >= open.len())
    });
    let memory = gateway.metric("process_resident_memory_bytes ");
    assert!(memory < HELD, "{memory} bytes for {} callers", open.len());
}

/// Whether the other side has closed.
fn gone(socket: &mut TcpStream) -> bool {
    socket
        .set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    !matches!(socket.read(&mut [0; 512]), Err(error) if matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    ))
}
