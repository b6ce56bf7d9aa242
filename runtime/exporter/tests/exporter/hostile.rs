//! Servers that say what no NSQ says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::exposition::value;
use crate::support::{Exporter, node};

/// Answers every connection with these bytes, again and again while `repeat`, and keeps it open.
fn server(answer: Vec<u8>, repeat: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                stream
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .unwrap();
                let _ = stream.read(&mut [0; 4096]);
                while stream.write_all(&answer).is_ok() && repeat {}
                // Whatever it is, it ends when the other side has had enough.
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    addr
}

fn http(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
    format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn odd_brokers_are_down_and_hide_nobody() {
    require_nsq!();
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let head = b"HTTP/1.1 200 OK\r\nX: ";
    let deep = format!(r#"{{"topics":{}"#, "[".repeat(100_000));
    let name = r#"{"topics":[{"topic_name":"a\"} 1\nnsq_up 1\n#","channels":null,"depth":1,
        "backend_depth":0,"message_count":1,"message_bytes":1,"paused":false}]}"#;
    let odd = [
        server(Vec::new(), false),
        server(b"  V2 not HTTP\r\n\r\n".to_vec(), false),
        server(http("{}"), false),
        server(http(r#"{"message":"INTERNAL_ERROR"}"#), false),
        server(http(&deep), false),
        server(http(name), false),
        server(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{".to_vec(),
            false,
        ),
        server(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                .to_vec(),
            false,
        ),
        // Never ends: a body, and a head.
        server(
            [
                chunks.as_slice(),
                &[b"1000\r\n".as_slice(), &[b' '; 4096], b"\r\n"].concat(),
            ]
            .concat(),
            true,
        ),
        server([head.as_slice(), &[b'x'; 4096]].concat(), true),
    ];
    let good = Nsqd::start(NsqdOptions::default());
    let mut flags: Vec<_> = odd.iter().map(|addr| format!("--nsqd={addr}")).collect();
    flags.push(format!("--nsqd={}", node(&good)));
    let exporter = Exporter::start(&flags);
    let page = exporter.until("nsq_up", &[("node", &node(&good))], Some(1.0));
    for addr in odd {
        let node = addr.to_string();
        assert_eq!(
            value(&page, "nsq_up", &[("node", &node)]),
            Some(0.0),
            "{node}"
        );
    }
    assert_eq!(
        page["nsq_up"].series.len(),
        odd.len() + 1,
        "nobody forged one"
    );
    assert_eq!(page["nsq_healthy"].series.len(), 1);
    let memory = value(&page, "process_resident_memory_bytes", &[]).unwrap();
    assert!(memory < f64::from(200 << 20), "{memory} bytes");
}

#[test]
fn a_directory_that_names_nonsense_hides_no_broker() {
    require_nsq!();
    let good = Nsqd::start(NsqdOptions::default());
    let many: String = (1..1000)
        .map(|port| {
            format!(r#"{{"broadcast_address":"127.0.0.1","http_port":{port},"tcp_port":1}},"#)
        })
        .collect();
    let nonsense = r#"{"broadcast_address":"a\nb{}\"","http_port":1,"tcp_port":1},
        {"broadcast_address":"","http_port":1,"tcp_port":1}"#;
    let odd = server(
        http(&format!(r#"{{"producers":[{many}{nonsense}]}}"#)),
        false,
    );
    let exporter = Exporter::start(&[
        format!("--lookupd={odd}"),
        format!("--nsqd={}", node(&good)),
    ]);
    let page = exporter.until("nsq_up", &[("node", &node(&good))], Some(1.0));
    assert_eq!(page["nsq_up"].series.len(), 256, "as many as are asked");
    assert_eq!(
        exporter.queue("orders", "default").0,
        503,
        "not all brokers are asked"
    );
}
