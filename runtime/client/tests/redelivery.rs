//! A connection that breaks between an answer and its acknowledgement, on a scripted broker.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use kubefuncs::messages::{Any, Event, HttpRequest, Message};
use kubefuncs::{Config, Context, Function, HttpResponse};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const OK: i32 = 0;
const MESSAGE: i32 = 2;

/// Speaks as much of the protocol as a function needs, and delivers one request on each
/// subscription until it is acknowledged. It hangs up on every answer but the one that comes over
/// the second subscription; what is acknowledged is told with the answer before it.
struct Script {
    request: Vec<u8>,
    subscriptions: AtomicU16,
    acknowledged: mpsc::UnboundedSender<(u16, Vec<u8>)>,
}

impl Script {
    async fn serve(self: Arc<Self>, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.read_exact(&mut [0; 4]).await?;
        let (mut attempt, mut delivered, mut answer) = (0, true, Vec::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.split_ascii_whitespace().next().unwrap_or_default() {
                "IDENTIFY" => {
                    body(&mut stream).await?;
                    let reply = br#"{"max_rdy_count":2500,"version":"1.3.0","msg_timeout":1000}"#;
                    frame(&mut stream, OK, reply).await?;
                }
                // What measures the clock has nobody to answer it.
                "SUB" if line.contains("rpc-clock") => frame(&mut stream, OK, b"OK").await?,
                "SUB" => {
                    delivered = false;
                    attempt = self.subscriptions.fetch_add(1, Ordering::Relaxed) + 1;
                    frame(&mut stream, OK, b"OK").await?;
                }
                "RDY" if line.trim() != "RDY 0" && !delivered => {
                    delivered = true;
                    let mut message = now_ns().to_be_bytes().to_vec();
                    message.extend(attempt.to_be_bytes());
                    message.extend(b"0123456789abcdef");
                    message.extend(&self.request);
                    frame(&mut stream, MESSAGE, &message).await?;
                }
                "PUB" => {
                    answer = body(&mut stream).await?;
                    if answer == b"?" {
                        continue;
                    }
                    if attempt != 2 {
                        return Ok(());
                    }
                    frame(&mut stream, OK, b"OK").await?;
                }
                "FIN" => {
                    let _ = self.acknowledged.send((attempt, answer.clone()));
                }
                "CLS" => frame(&mut stream, OK, b"CLOSE_WAIT").await?,
                _ => {}
            }
        }
    }
}

async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn frame(stream: &mut BufReader<TcpStream>, kind: i32, data: &[u8]) -> std::io::Result<()> {
    let mut frame = (data.len() as u32 + 4).to_be_bytes().to_vec();
    frame.extend(kind.to_be_bytes());
    frame.extend(data);
    stream.write_all(&frame).await
}

fn now_ns() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_nanos() as i64
}

#[tokio::test]
async fn what_was_answered_is_not_run_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let request = Event {
        id: "1".into(),
        r#return: "rpc-a#ephemeral".into(),
        payload: Some(Any::pack(&HttpRequest::default())),
        budget_ms: 60_000,
        ..Event::default()
    };
    let script = Arc::new(Script {
        request: request.encode_to_vec(),
        subscriptions: AtomicU16::new(0),
        acknowledged: sender,
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&script).serve(stream));
        }
    });

    let config = Config::from_vars([
        ("NSQ_NSQD_ADDR", address.to_string().as_str()),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
    ]);
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let handler = move |_: Context, _: kubefuncs::HttpRequest| {
        let run = counted.fetch_add(1, Ordering::Relaxed) + 1;
        async move { Ok(HttpResponse::text(format!("run {run}"))) }
    };
    let _function = Function::start(config.unwrap(), handler).await.unwrap();

    let within = tokio::time::timeout(Duration::from_secs(30), acknowledged.recv()).await;
    let (attempt, answer) = within.unwrap().unwrap();
    assert_eq!((attempt, runs.load(Ordering::Relaxed)), (2, 1));
    let reply = Event::decode(answer.as_slice()).unwrap();
    assert_eq!(
        (reply.id.as_str(), reply.topic.as_str()),
        ("1", "rpc-a#ephemeral")
    );
    let response = reply
        .payload
        .unwrap()
        .unpack::<kubefuncs::messages::HttpResponse>()
        .unwrap();
    assert_eq!(response.body, "run 1");
}
