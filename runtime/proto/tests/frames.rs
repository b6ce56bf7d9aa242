//! Frames: what is encoded is decoded, in whatever pieces it comes, and nothing makes the decoder
//! panic.

use bytes::{Bytes, BytesMut};
use kubefuncs_nsq_proto::{
    DecodeError, Frame, FrameDecoder, Message, MessageId, Response, ServerError,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn frame() -> impl Strategy<Value = Frame> {
    let message = (
        any::<i64>(),
        any::<u16>(),
        "[0-9a-f]{16}",
        vec(any::<u8>(), 0..200),
    )
        .prop_map(|(timestamp_ns, attempts, id, body)| {
            let id = id
                .as_bytes()
                .first_chunk()
                .copied()
                .and_then(MessageId::new);
            let id = id.expect("16 hex digits");
            Frame::Message(Message {
                timestamp_ns,
                attempts,
                id,
                body: body.into(),
            })
        });
    let response =
        vec(any::<u8>(), 0..100).prop_map(|data| Frame::Response(Bytes::from(data).into()));
    let error = "E_[A-Z_]{1,20}( [a-z]{0,9}){0,4}"
        .prop_map(|text| Frame::Error(ServerError::parse(text.as_bytes())));
    prop_oneof![
        message,
        response,
        error,
        Just(Frame::Response(Response::Ok)),
        Just(Frame::Response(Response::Heartbeat)),
        Just(Frame::Response(Response::CloseWait)),
    ]
}

/// Feeds `pieces` one after the other and takes every frame as soon as it is there.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Frame>, DecodeError> {
    let decoder = FrameDecoder::default();
    let mut input = BytesMut::new();
    let mut frames = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        while let Some(frame) = decoder.decode(&mut input)? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

proptest! {
    #[test]
    fn frames_survive_the_wire_split_anywhere(
        frames in vec(frame(), 1..5), cut in any::<prop::sample::Index>(),
    ) {
        let mut wire = BytesMut::new();
        frames.iter().for_each(|frame| frame.encode(&mut wire));
        let (head, tail) = wire.split_at(cut.index(wire.len() + 1));
        prop_assert_eq!(&decode([head, tail]).unwrap(), &frames);
        prop_assert_eq!(&decode(wire.chunks(1)).unwrap(), &frames);
    }

    #[test]
    fn random_bytes_give_frames_or_an_error_never_a_panic(
        bytes in vec(any::<u8>(), 0..300), step in 1usize..40,
    ) {
        let whole = decode([&bytes[..]]);
        let pieces = decode(bytes.chunks(step));
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn a_plausible_header_before_garbage_is_no_panic_either(
        size in 0u32..120, kind in -1i32..4, rest in vec(any::<u8>(), 0..200)
    ) {
        let mut wire = size.to_be_bytes().to_vec();
        wire.extend(kind.to_be_bytes());
        wire.extend(rest);
        let _ = decode([&wire[..]]);
    }
}

#[test]
fn a_declared_size_is_refused_before_anything_is_allocated() {
    let decoder = FrameDecoder::new(1000);
    let mut input = BytesMut::from(&[0xff, 0xff, 0xff, 0xff][..]);
    assert_eq!(
        decoder.decode(&mut input),
        Err(DecodeError::TooLarge {
            size: u32::MAX,
            limit: 1000
        })
    );
    assert!(input.capacity() < 1000);

    let mut input = BytesMut::from(&[0, 0, 0x03, 0xe8][..]);
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert_eq!(
        decoder.decode(&mut BytesMut::from(&[0, 0, 0x03, 0xe9][..])),
        Err(DecodeError::TooLarge {
            size: 1001,
            limit: 1000
        })
    );
}

#[test]
fn peers_that_speak_something_else_are_named() {
    assert_eq!(
        decode([&b"HTTP/1.1 400 Bad Request\r\n"[..]]),
        Err(DecodeError::Http)
    );
    assert_eq!(
        decode([&[0, 0, 0, 3, 1, 2, 3][..]]),
        Err(DecodeError::TooSmall { size: 3 })
    );
    assert_eq!(
        decode([&[0, 0, 0, 4, 0, 0, 0, 3][..]]),
        Err(DecodeError::UnknownType(3))
    );
    let short = [&[0, 0, 0, 29, 0, 0, 0, 2][..], &[b'a'; 25]].concat();
    assert_eq!(
        decode([&short[..]]),
        Err(DecodeError::ShortMessage { size: 25 })
    );
    let unprintable = [&[0, 0, 0, 30, 0, 0, 0, 2][..], &[b'\n'; 26]].concat();
    assert_eq!(decode([&unprintable[..]]), Err(DecodeError::MessageId));
}
