//! Whatever is sent, the broker goes on.

use std::net::SocketAddr;

use kubefuncs_broker::{Broker, BrokerConfig, NsqdOptions, TlsOptions};
use kubefuncs_testkit::Ca;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;

/// Bytes that are now and then a beginning of something sensible.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            b"  V2".to_vec(),
            b"PUB t\n\0\0\0\x05hello".to_vec(),
            b"MPUB t\n\0\0\0\x0c\0\0\0\x02\0\0\0\x01a".to_vec(),
            b"MPUB t\n\0\0\0\x0c\0\x0f\xff\xff\0\0\0\x01a".to_vec(),
            b"DPUB t 99999999999999999999999\n".to_vec(),
            b"IDENTIFY\n\0\0\0\x02{}".to_vec(),
            b"IDENTIFY\n\0\0\0\x10{\"heartbeat_inter".to_vec(),
            b"IDENTIFY\n\0\0\0\x2a{\"feature_negotiation\":true,\"tls_v1\":true}".to_vec(),
            // The beginning of a handshake, and of something else in TLS.
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec(),
            b"\x17\x03\x03\x40\0".to_vec(),
            b"AUTH\n\0\0\0\x06secret".to_vec(),
            b"SUB t c\n".to_vec(),
            b"RDY 99999999999999999999\n".to_vec(),
            b"FIN 0123456789abcdef\n".to_vec(),
            b"REQ 0123456789abcdef 18446744073709551615\n".to_vec(),
            b"TOUCH \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\n".to_vec(),
            b"\n".to_vec(),
            b"\r\n".to_vec(),
            vec![b'x'; 20_000],
        ]),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn garbage_ends_its_own_connection_at_most() {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let pair = Ca::new().issue(&["127.0.0.1"]);
    let config = BrokerConfig {
        https: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        nsqd: NsqdOptions {
            tls: Some(TlsOptions::new(pair.cert_file(), pair.key_file())),
            ..NsqdOptions::default()
        },
        ..BrokerConfig::default()
    };
    let broker = executor.block_on(Broker::start(config)).unwrap();
    let addresses = broker.addresses();
    let cases = (garbage(), any::<bool>(), 1..64_usize);
    TestRunner::new(Config::with_cases(32))
        .run(&cases, |(bytes, magic, step)| {
            executor.block_on(async {
                for addr in [
                    addresses.tcp,
                    addresses.http,
                    addresses.https.unwrap(),
                    addresses.lookupd_http.unwrap(),
                ] {
                    let mut stream = TcpStream::connect(addr).await.unwrap();
                    if magic {
                        let _ = stream.write_all(b"  V2").await;
                    }
                    for piece in bytes.chunks(step) {
                        // It may have been closed by then.
                        let _ = stream.write_all(piece).await;
                    }
                    let _ = stream.shutdown().await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                }
                let mut probe = Client::connect(addresses.tcp).await;
                probe.publish("alive", "x").await;
                probe.ok().await;
            });
            Ok(())
        })
        .unwrap();
    executor.block_on(broker.stop());
}
