//! Whatever we write is read back, and whatever anybody else writes is read or refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use kubefuncs_messages::{
    Any, BorrowedRequest, BorrowedResponse, Event, Header, HttpRequest, HttpResponse,
    METHOD_HEADER, Message, Name, ReceivedHeader, ReceivedRequest, ReceivedResponse, join,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn headers() -> impl Strategy<Value = Vec<Header>> {
    let header = ("[a-z][a-z0-9-]{0,8}", vec(any::<u8>(), 0..12))
        .prop_filter("the method's entry is no header", |(name, _)| {
            name != METHOD_HEADER
        })
        .prop_map(|(name, value)| Header {
            name,
            value: value.into(),
        });
    vec(header, 0..8)
}

/// The same headers in the form that readers have them.
fn received(headers: Vec<Header>) -> Vec<ReceivedHeader> {
    let received = |mut header: Header| ReceivedHeader {
        name: std::mem::take(&mut header.name).into(),
        value: header.value,
    };
    headers.into_iter().map(received).collect()
}

/// In lower case, as every reader makes them.
fn lower(mut headers: Vec<ReceivedHeader>) -> Vec<ReceivedHeader> {
    for header in &mut headers {
        header.name = header.name.to_ascii_lowercase().into();
    }
    headers
}

prop_compose! {
    fn event()(
        id in "\\PC{0,40}", topic in "\\PC{0,64}", reply in "\\PC{0,64}", budget_ms in any::<u32>(),
        metadata in btree_map("\\PC{0,8}", "\\PC{0,8}", 0..4), notify in "\\PC{0,8}",
        only_channel in "\\PC{0,8}", payload in proptest::option::of(("\\PC{0,40}", vec(any::<u8>(), 0..200))),
    ) -> Event {
        let payload = payload.map(|(type_url, value)| Any { type_url, value: value.into() });
        Event { id, topic, r#return: reply, payload, budget_ms, metadata, notify, only_channel }
    }
}

proptest! {
    #[test]
    fn an_event_is_read_back(event in event()) {
        prop_assert_eq!(Event::decode(event.encode_to_vec().as_slice()).unwrap(), event);
    }

    /// A request that is written from its parts is the one that is made of them.
    #[test]
    fn a_borrowed_request_is_the_same_message(
        texts in ["[A-Z]{0,7}", "\\PC{0,200}", "\\PC{0,9}", "\\PC{0,9}"],
        body in vec(any::<u8>(), 0..300), mut lines in headers(),
    ) {
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        let [method, url, host, remote_addr] = &texts;
        let mut made = HttpRequest {
            url: url.clone(),
            body: body.clone().into(),
            host: host.clone(),
            remote_addr: remote_addr.clone(),
            ..HttpRequest::default()
        };
        made.set_headers(lines.clone());
        made.set_method(method);
        let borrowed = BorrowedRequest { method, url, host, remote_addr, body: &body };
        let packed = borrowed.pack(|| lines.iter().map(|line| (line.name.as_str(), &line.value[..])));
        prop_assert_eq!(&packed.type_url, &Any::pack(&made).type_url);
        prop_assert_eq!(packed.unpack::<HttpRequest>().unwrap(), made);
    }

    #[test]
    fn a_borrowed_response_is_the_same_message(
        status in 0_u16..1000, body in vec(any::<u8>(), 0..300), mut lines in headers(),
    ) {
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        let mut made = HttpResponse {
            status: status.into(),
            body: body.clone().into(),
            ..HttpResponse::default()
        };
        made.set_headers(lines.clone());
        let borrowed = BorrowedResponse { status, body: &body };
        let packed = borrowed.pack(|| lines.iter().map(|line| (line.name.as_str(), &line.value[..])));
        prop_assert_eq!(&packed.type_url, &Any::pack(&made).type_url);
        prop_assert_eq!(packed.unpack::<HttpResponse>().unwrap(), made);
    }

    /// Whatever form the headers are in.
    #[test]
    fn what_is_received_is_what_was_sent(
        url in "\\PC{0,40}", method in "[A-Z]{0,7}", body in vec(any::<u8>(), 0..9), status in any::<i32>(),
        header in headers(), map in btree_map("[a-zA-Z-]{1,8}", "\\PC{0,8}", 0..6), named in any::<bool>(),
    ) {
        let mut answer = HttpResponse { status, body: body.clone().into(), header: header.clone(), headers: map.clone() };
        let mut sent = HttpRequest { url, method: method.clone(), body: body.into(), header, headers: map, ..HttpRequest::default() };
        if named {
            sent.headers.insert("X-KubeFuncs-Method".to_owned(), method);
        }
        let mut read = ReceivedRequest::decode(sent.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!(read.method_or_guess(), sent.method_or_guess().as_bytes());
        prop_assert_eq!((&read.url, &read.body), (&sent.url, &sent.body));
        prop_assert_eq!(lower(read.take_headers()), received(sent.take_headers()));

        let mut read = ReceivedResponse::decode(answer.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!((read.status, &read.body), (answer.status, &answer.body));
        prop_assert_eq!(lower(read.take_headers()), received(answer.take_headers()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(event) = Event::decode(bytes.as_slice())
            && let Some(payload) = event.payload
        {
            let _ = payload.unpack::<HttpRequest>();
        }
        let any = Any { type_url: "x/kubefuncs.HTTPRequest".into(), value: bytes.into() };
        if let Ok(mut request) = any.unpack::<HttpRequest>() {
            let mut read = any.unpack::<ReceivedRequest>().unwrap();
            prop_assert_eq!(read.method_or_guess(), request.method_or_guess().as_bytes());
            prop_assert_eq!(lower(read.take_headers()), received(request.take_headers()));
        }
        let any = Any { type_url: "kubefuncs.HTTPResponse".into(), ..any };
        if any.unpack::<HttpResponse>().is_ok() {
            let _ = any.unpack::<ReceivedResponse>().unwrap().take_headers();
        }
    }

    /// A byte changed or the end cut off: still no panic, and never an endless loop.
    #[test]
    fn a_type_is_what_stands_after_the_last_slash(
        type_url in r"(type\.googleapis\.com)?[a-z./]{0,3}(kubefuncs\.HTTPRequest)?[a-z/]{0,1}",
    ) {
        let any = Any { type_url, ..Any::default() };
        prop_assert_eq!(any.is::<HttpRequest>(), any.type_name() == HttpRequest::full_name());
    }

    #[test]
    fn a_damaged_event_is_read_or_refused(event in event(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = event.encode_to_vec();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            let _ = Event::decode(&bytes[..at]);
            bytes[at] = byte;
            let _ = Event::decode(bytes.as_slice());
        }
    }

    #[test]
    fn request_headers_survive_with_repeats_and_order(headers in headers(), method in "[A-Z]{1,8}") {
        // In either order, the map keeps the method for old readers.
        let mut request = HttpRequest::default();
        request.set_method(&method);
        request.set_headers(headers.clone());
        prop_assert_eq!(&request.headers[METHOD_HEADER], &method);
        let mut read = HttpRequest::decode(request.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!(read.method_or_guess(), method);
        prop_assert_eq!(read.take_headers(), headers);
    }

    #[test]
    fn response_headers_survive_with_repeats_and_order(headers in headers()) {
        let mut response = HttpResponse::default();
        response.set_headers(headers.clone());
        prop_assert_eq!(response.take_headers(), headers);
    }

    #[test]
    fn old_readers_find_every_name_once(headers in headers()) {
        let names = headers.iter().map(|header| &header.name).collect::<std::collections::BTreeSet<_>>();
        prop_assert!(join(&headers).keys().eq(names));
    }

    #[test]
    fn headers_of_an_old_sender_are_read_from_the_map(map in btree_map("[a-z]{1,8}", "\\PC{0,8}", 0..6)) {
        let mut response = HttpResponse { headers: map.clone(), ..HttpResponse::default() };
        let read = response.take_headers().into_iter().map(|header| {
            (header.name, String::from_utf8(header.value.to_vec()).unwrap())
        });
        prop_assert_eq!(read.collect::<BTreeMap<_, _>>(), map);
    }
}

#[test]
fn repeats_are_joined_as_each_header_wants() {
    let lines = [
        ("accept", "a"),
        ("cookie", "c=1"),
        ("Accept", "b"),
        ("cookie", "d=2"),
        ("set-cookie", "e=3"),
        ("set-cookie", "f=4"),
    ];
    let headers = lines.map(|(name, value)| Header {
        name: name.into(),
        value: value.into(),
    });
    let joined = join(&headers);
    assert_eq!(joined["accept"], "a, b");
    assert_eq!(joined["cookie"], "c=1; d=2");
    assert_eq!(joined["set-cookie"], "e=3");
    assert_eq!(joined.len(), 3);
}
