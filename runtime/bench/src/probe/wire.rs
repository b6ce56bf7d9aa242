//! Frames in, commands out, on one blocking socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use crate::job::Buffer;

/// A reader looks up this often, to see whether all is over.
const LOOK_UP: Duration = Duration::from_millis(50);

/// What nsqd sent, heartbeats aside.
pub(super) enum Frame<'a> {
    Ok,
    Message { id: &'a [u8], body: &'a [u8] },
}

/// A connection after its IDENTIFY. Errors of the server end it.
pub(super) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    chunk: Vec<u8>,
    /// What goes out before the next read.
    out: Vec<u8>,
}

impl Wire {
    pub(super) fn connect(nsqd: SocketAddr, buffer: Buffer) -> io::Result<Wire> {
        let settings = match buffer {
            Buffer::None => r#","output_buffer_size":-1"#,
            Buffer::Default => "",
            Buffer::Ms25 => r#","output_buffer_timeout":25"#,
        };
        let identify = format!(r#"{{"client_id":"probe","heartbeat_interval":5000{settings}}}"#);
        let stream = TcpStream::connect(nsqd)?;
        stream.set_nodelay(true)?;
        let mut wire = Wire {
            stream,
            input: Vec::new(),
            chunk: vec![0; 64 << 10],
            out: b"  V2".to_vec(),
        };
        command(&mut wire.out, "IDENTIFY", Some(identify.as_bytes()));
        wire.ok()?;
        wire.stream.set_read_timeout(Some(LOOK_UP))?;
        Ok(wire)
    }

    pub(super) fn subscribe(&mut self, topic: &str, channel: &str, ready: u32) -> io::Result<()> {
        command(&mut self.out, &format!("SUB {topic} {channel}"), None);
        self.stream.set_read_timeout(None)?;
        self.ok()?;
        self.stream.set_read_timeout(Some(LOOK_UP))?;
        command(&mut self.out, &format!("RDY {ready}"), None);
        self.flush()
    }

    pub(super) fn publish(&mut self, topic: &str, body: &[u8]) {
        command(&mut self.out, &format!("PUB {topic}"), Some(body));
    }

    /// Many messages as one command, and its OK.
    pub(super) fn publish_many(&mut self, topic: &str, body: &[u8], count: u32) -> io::Result<()> {
        let mut bodies = count.to_be_bytes().to_vec();
        for _ in 0..count {
            bodies.extend(length(body));
            bodies.extend(body);
        }
        command(&mut self.out, &format!("MPUB {topic}"), Some(&bodies));
        self.stream.set_read_timeout(None)?;
        self.ok()
    }

    /// Writes what is to go out, reads once, and hands on every whole frame. What `each` adds goes
    /// out with the next turn.
    pub(super) fn turn(&mut self, mut each: impl FnMut(Frame<'_>, &mut Vec<u8>)) -> io::Result<()> {
        self.flush()?;
        match self.stream.read(&mut self.chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => self.input.extend_from_slice(&self.chunk[..read]),
            Err(error) if is_look_up(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut at = 0;
        while let Some(frame) = whole(&self.input[at..]) {
            at += 4 + frame.len();
            match parse(frame)? {
                Some(frame) => each(frame, &mut self.out),
                None => command(&mut self.out, "NOP", None),
            }
        }
        self.input.drain(..at);
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn ok(&mut self) -> io::Result<()> {
        let mut answered = false;
        while !answered {
            self.turn(|_, _| answered = true)?;
        }
        Ok(())
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Appends a command: its line, and its body behind a length.
pub(super) fn command(out: &mut Vec<u8>, line: &str, body: Option<&[u8]>) {
    out.extend(line.as_bytes());
    out.push(b'\n');
    if let Some(body) = body {
        out.extend(length(body));
        out.extend(body);
    }
}

/// FIN of a message.
pub(super) fn finish(out: &mut Vec<u8>, id: &[u8]) {
    out.extend(b"FIN ");
    out.extend(id);
    out.push(b'\n');
}

fn length(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn is_look_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// The first frame without its length, if all of it is there.
fn whole(input: &[u8]) -> Option<&[u8]> {
    let (length, rest) = input.split_first_chunk::<4>()?;
    rest.get(..u32::from_be_bytes(*length) as usize)
}

/// `None` is a heartbeat.
fn parse(frame: &[u8]) -> io::Result<Option<Frame<'_>>> {
    match frame.split_first_chunk::<4>() {
        Some(([0, 0, 0, 0], b"_heartbeat_")) => Ok(None),
        Some(([0, 0, 0, 0], _)) => Ok(Some(Frame::Ok)),
        Some(([0, 0, 0, 2], data)) if data.len() >= 26 => Ok(Some(Frame::Message {
            id: &data[10..26],
            body: &data[26..],
        })),
        _ => Err(io::Error::other(
            String::from_utf8_lossy(frame).into_owned(),
        )),
    }
}
