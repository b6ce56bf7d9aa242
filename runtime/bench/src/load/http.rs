//! As much of HTTP/1.1 as a load needs: requests as bytes, answers with a length.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The bytes of a request: GET, or POST of a body.
pub(crate) fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = if body.is_empty() {
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")
    } else {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n")
    };
    [head.as_bytes(), body].concat()
}

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(server: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            input: Vec::with_capacity(1024),
        })
    }

    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await
    }

    pub(crate) async fn answer(&mut self) -> io::Result<u16> {
        loop {
            if let Some((status, end)) = whole(&self.input)? {
                self.input.drain(..end);
                return Ok(status);
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The status of the first answer and where it ends, if all of it is there.
pub(super) fn whole(input: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let Some(head) = input.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let bad = || io::Error::new(io::ErrorKind::InvalidData, "no answer with a length");
    let text = std::str::from_utf8(&input[..head]).map_err(|_| bad())?;
    let status = text
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .ok_or_else(bad)?;
    let length = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let end = head + 4 + length.ok_or_else(bad)?;
    Ok((input.len() >= end).then_some((status, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-length: 2\r\n\r\nok";
        assert_eq!(whole(answer).unwrap(), Some((200, answer.len())));
        assert_eq!(whole(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(whole(b"HTTP/1.1 200").unwrap(), None);
        assert!(whole(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
