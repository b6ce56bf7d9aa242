//! A blocking HTTP client for probes and NSQ's administration: one request, one connection.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longer than any answer a test waits for, so that a hung server fails the test by name.
const LIMIT: Duration = Duration::from_secs(60);
/// No page of NSQ or ours comes near; a peer that never stops sending is cut off here.
const MAX_RESPONSE: u64 = 64 * 1024 * 1024;

/// A response, its body read to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case and values, in the order of the response.
    pub headers: Vec<(String, String)>,
    /// The body, without transfer coding.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// GET `path` (with its query) at `addr`.
///
/// # Errors
/// When there is no connection, no answer within a minute, or no HTTP/1 in it.
pub fn get(addr: impl ToSocketAddrs, path: &str) -> io::Result<Response> {
    request(addr, "GET", path, &[], b"")
}

/// POST `body` to `path` at `addr`.
///
/// # Errors
/// As [`get`].
pub fn post(addr: impl ToSocketAddrs, path: &str, body: &[u8]) -> io::Result<Response> {
    request(addr, "POST", path, &[], body)
}

/// Whether `path` at `addr` answers 200 now.
pub fn is_ok(addr: impl ToSocketAddrs, path: &str) -> bool {
    get(addr, path).is_ok_and(|response| response.status == 200)
}

/// Any request. `Host`, `Content-Length` and `Connection: close` are added.
///
/// # Errors
/// As [`get`].
pub fn request(
    addr: impl ToSocketAddrs,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Response> {
    let stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let host = stream.peer_addr()?.to_string();
    exchange(stream, &host, method, path, headers, body)
}

/// As [`request`], over any stream.
///
/// # Errors
/// As [`get`].
pub fn exchange(
    mut stream: impl Read + Write,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Response> {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.take(MAX_RESPONSE).read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("not a whole HTTP response: {shown:?}"),
        )
    })
}

fn parse(answer: &[u8]) -> Option<Response> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()?
        .strip_prefix("HTTP/1.")?
        .get(2..5)?
        .parse()
        .ok()?;
    let headers = lines
        .map(|line| {
            line.split_once(':')
                .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
        })
        .collect::<Option<Vec<_>>>()?;
    let mut response = Response {
        status,
        headers,
        body: answer[end + 4..].to_vec(),
    };
    if response
        .header("transfer-encoding")
        .is_some_and(|coding| coding == "chunked")
    {
        response.body = unchunk(&response.body)?;
    } else if let Some(length) = response.header("content-length") {
        // A body cut short is no answer.
        (length.parse::<usize>().ok()? == response.body.len()).then_some(())?;
    }
    Some(response)
}

/// Chunks are `SIZE[;extension]\r\nDATA\r\n`, the size in hexadecimal; one of size 0 ends them.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|window| window == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..line_end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let data = rest.get(line_end + 2..)?;
        body.extend_from_slice(data.get(..size)?);
        rest = data.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_response() {
        let response =
            parse(b"HTTP/1.1 404 Not Found\r\nX-A:  b \r\nContent-Length: 2\r\n\r\nno").unwrap();
        assert_eq!((response.status, response.text().as_str()), (404, "no"));
        assert_eq!(response.header("x-a"), Some("b"));
    }

    #[test]
    fn chunks_are_joined() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let whole = format!("{head}2\r\npo\r\n3;x=y\r\nng\n\r\n0\r\n\r\n");
        assert_eq!(parse(whole.as_bytes()).unwrap().text(), "pong\n");
        assert_eq!(parse(format!("{head}2\r\npo\r\n").as_bytes()), None);
    }

    #[test]
    fn a_short_body_is_no_response() {
        assert_eq!(
            parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno"),
            None
        );
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n"), None);
        assert_eq!(parse(b"  V1"), None);
    }
}
