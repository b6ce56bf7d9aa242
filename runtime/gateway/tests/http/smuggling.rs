//! Requests whose length can be read in two ways: one answer at most, then the connection ends.

use kubefuncs::HttpResponse;
use kubefuncs_gateway::Limits;

use crate::support::{Running, raw};

async fn echo() -> Running {
    Running::start("{/: test}", Limits::default(), |_, request, _| async move {
        Ok(HttpResponse::text(format!(
            "{} {}",
            request.method, request.url
        )))
    })
    .await
}

#[tokio::test]
async fn a_second_request_cannot_hide_in_the_first() {
    let gateway = echo().await;
    for framing in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\nContent-Length: 7\r\n",
    ] {
        let answer = raw(
            gateway.main,
            format!(
                "POST /first HTTP/1.1\r\nHost: h\r\n{framing}\r\n0\r\n\r\n\
                 GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
        )
        .await;
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{framing}: {answer}"
        );
        assert!(!answer.contains("/hidden"), "{framing}: {answer}");
    }
}

#[tokio::test]
async fn a_length_that_is_none_is_refused() {
    let gateway = echo().await;
    let before = gateway.begun();
    for framing in [
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1, 2\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 1\r\n X: folded\r\n",
        "X: a\rb\r\n",
        "X\u{0}: a\r\n",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: h\r\n{framing}\r\na");
        let answer = raw(gateway.main, request).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{framing:?}: {answer}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{framing:?}: {answer}"
        );
    }
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(raw(gateway.main, old).await.starts_with("HTTP/1.1 400"));
    assert_eq!(gateway.begun(), before, "no function was called");
}

#[tokio::test]
async fn chunks_that_are_none_are_refused() {
    let gateway = echo().await;
    for chunks in [
        "zz\r\nab\r\n0\r\n\r\n",
        "-1\r\n",
        "2\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n",
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let answer = raw(gateway.main, request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{chunks:?}: {answer}");
    }
    assert_eq!(gateway.begun(), 0, "no function was called");
}

#[tokio::test]
async fn requests_in_a_row_get_their_answers_in_a_row() {
    let gateway = echo().await;
    let answer = raw(
        gateway.main,
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab\
         GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .await;
    let (a, b) = (
        answer.find("POST /a").unwrap(),
        answer.find("GET /b").unwrap(),
    );
    assert!(a < b, "{answer}");
}
