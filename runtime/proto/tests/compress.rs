//! Compressed streams: any bytes come back, in whatever pieces, and no peer can make us hold more
//! than a bit of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::BytesMut;
use kubefuncs_nsq_proto::compress::{CompressionError, Decoder, Encoder};
use proptest::prelude::*;

fn pairs() -> [(Encoder, Decoder); 2] {
    [
        (Encoder::snappy(), Decoder::snappy()),
        (Encoder::deflate(6), Decoder::deflate()),
    ]
}

/// Feeds `stream` in pieces of these sizes, again and again; checks the bounds on the way.
fn read(
    decoder: &mut Decoder,
    stream: &[u8],
    pieces: &[usize],
) -> Result<Vec<u8>, CompressionError> {
    let (mut input, mut plain) = (BytesMut::new(), Vec::new());
    let mut left = stream;
    for size in pieces.iter().cycle() {
        let (piece, rest) = left.split_at((*size).min(left.len()));
        input.extend_from_slice(piece);
        left = rest;
        loop {
            let mut out = BytesMut::new();
            decoder.decode(&mut input, &mut out)?;
            assert!(out.len() <= 64 << 10);
            if out.is_empty() {
                break;
            }
            plain.extend_from_slice(&out);
        }
        assert!(input.len() <= 80 << 10, "{} bytes wait", input.len());
        if left.is_empty() {
            return Ok(plain);
        }
    }
    Ok(plain)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_whatever_the_pieces(
        writes in prop::collection::vec((any::<u8>(), 1usize..100_000, any::<bool>()), 1..6),
        pieces in prop::collection::vec(1usize..70_000, 1..5),
    ) {
        for (mut encoder, mut decoder) in pairs() {
            for (seed, size, noise) in &writes {
                let mut state = u32::from(*seed) + 1;
                let plain: Vec<u8> = (0..*size)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        if *noise { (state >> 24) as u8 } else { *seed }
                    })
                    .collect();
                let mut stream = BytesMut::new();
                encoder.encode(&plain, &mut stream);
                let text = read(&mut decoder, &stream, &pieces).unwrap();
                prop_assert!(text == plain, "{encoder:?}: {size} bytes");
            }
        }
    }

    #[test]
    fn any_bytes_are_an_error_or_wait_for_more(
        noise in prop::collection::vec(any::<u8>(), 0..3000), named: bool
    ) {
        for (_, mut decoder) in pairs() {
            let mut stream = Vec::new();
            if named && format!("{decoder:?}").contains("snappy") {
                stream.extend_from_slice(b"\xff\x06\0\0sNaPpY");
            }
            stream.extend_from_slice(&noise);
            let _ = read(&mut decoder, &stream, &[7]);
        }
    }
}

#[test]
fn a_single_byte_at_a_time_is_enough() {
    for (mut encoder, mut decoder) in pairs() {
        let mut stream = BytesMut::new();
        encoder.encode(b"hello, hello, hello", &mut stream);
        encoder.encode(b"", &mut stream);
        assert_eq!(
            read(&mut decoder, &stream, &[1]).unwrap(),
            b"hello, hello, hello"
        );
    }
}

#[test]
fn a_bomb_is_handed_out_bit_by_bit() {
    let (mut encoder, mut decoder) = (Encoder::deflate(9), Decoder::deflate());
    let mut stream = BytesMut::new();
    encoder.encode(&vec![0; 16 << 20], &mut stream);
    assert!(stream.len() < 100 << 10, "{} bytes", stream.len());
    assert_eq!(
        read(&mut decoder, &stream, &[1 << 10]).unwrap().len(),
        16 << 20
    );
}

#[test]
fn snappy_chunks_that_lie_are_refused_before_anything_is_held_for_them() {
    let name = b"\xff\x06\0\0sNaPpY";
    let cases: [(&[u8], CompressionError); 7] = [
        (b"PUB t\n", CompressionError::NotSnappy),
        (b"\xff\x07\0\0sNaPpYx", CompressionError::NotSnappy),
        (b"\xff\x06\0\0SnApPy", CompressionError::NotSnappy),
        (b"\x02\x01\0\0x", CompressionError::UnknownChunk(2)),
        (
            b"\x00\xff\xff\xff",
            CompressionError::ChunkTooLong(0xff_ffff),
        ),
        (b"\x01\x05\0\0\0\0\0\0x", CompressionError::DamagedChunk),
        // A length of 4 GiB less one, in the block's own words.
        (
            b"\x00\x09\0\0\0\0\0\0\xff\xff\xff\xff\x0f",
            CompressionError::ChunkTooLong(0xffff_ffff),
        ),
    ];
    for (n, (chunk, expected)) in cases.into_iter().enumerate() {
        let mut decoder = Decoder::snappy();
        let stream = if n < 3 {
            chunk.to_vec()
        } else {
            [name, chunk].concat()
        };
        assert_eq!(
            read(&mut decoder, &stream, &[1]),
            Err(expected),
            "{chunk:?}"
        );
    }
}

#[test]
fn snappy_chunks_of_no_meaning_are_skipped_without_being_held() {
    let mut stream = BytesMut::from(&b"\xff\x06\0\0sNaPpY"[..]);
    stream.extend_from_slice(b"\xfe\xff\xff\x3f");
    stream.extend_from_slice(&vec![7; 0x3f_ffff]);
    Encoder::snappy().encode(b"after", &mut stream);
    assert_eq!(
        read(&mut Decoder::snappy(), &stream, &[1000]).unwrap(),
        b"after"
    );
}

#[test]
fn a_deflate_stream_that_ends_says_so() {
    // The empty stream: one last block of fixed codes.
    let read = read(&mut Decoder::deflate(), b"\x03\x00", &[1]);
    assert_eq!(read, Err(CompressionError::Ended));
}

#[test]
fn nothing_is_held_back_whatever_the_size() {
    let noise: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for size in (0..noise.len())
        .step_by(6_007)
        .chain([1, 16_384, 31_746, 32_768, 65_536])
    {
        for (mut encoder, mut decoder) in pairs() {
            let mut stream = BytesMut::new();
            encoder.encode(&noise[..size], &mut stream);
            assert!(
                read(&mut decoder, &stream, &[5_000]).unwrap() == noise[..size],
                "{size}"
            );
        }
    }
}
