//! HTTP over the bare protocol: the floor under a gateway and its function.
//!
//! One thread stands between HTTP and nsqd, another echoes. Neither looks at what passes, and what
//! one read brings from a connection is taken for a whole request, as those of `load` are. So what
//! this takes is nsqd's and the system's: no gateway can save it.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::AtomicBool;
use std::thread;

use rustix::event::epoll;

use super::call::answer;
use super::wire::{Frame, Wire, finish};
use crate::Fault;
use crate::job::{Buffer, CHANNEL};

const TOPIC: &str = "test";
const REPLIES: &str = "test-replies";
/// More than is ever in flight at half of a gateway's best.
const READY: u32 = 256;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npong\n";

/// Who has something to read; any other number is a caller's.
const LISTENER: u64 = 0;
const NSQD: u64 = 1;

/// Answers `pong` once a message has gone to nsqd, to the function and back, until nsqd goes. It
/// listens when both have subscribed.
pub(crate) fn relay(nsqd: SocketAddr, listen: SocketAddr) -> Result<(), Fault> {
    let mut function = Wire::connect(nsqd, Buffer::None)?;
    function.subscribe(TOPIC, CHANNEL, READY)?;
    let mut wire = Wire::connect(nsqd, Buffer::None)?;
    wire.subscribe(REPLIES, CHANNEL, READY)?;
    thread::spawn(move || answer(function, REPLIES, &AtomicBool::new(false)));
    serve(wire, &TcpListener::bind(listen)?)
}

fn serve(mut wire: Wire, listener: &TcpListener) -> Result<(), Fault> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    watch(&epoll, listener, LISTENER)?;
    watch(&epoll, &wire, NSQD)?;
    let mut callers = HashMap::new();
    let mut next = NSQD;
    let mut events = Vec::with_capacity(256);
    loop {
        epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            match event.data.u64() {
                LISTENER => {
                    let (caller, _) = listener.accept()?;
                    caller.set_nodelay(true)?;
                    next += 1;
                    watch(&epoll, &caller, next)?;
                    callers.insert(next, caller);
                }
                NSQD => wire.turn(|frame, out| {
                    if let Frame::Message { id, body } = frame {
                        finish(out, id);
                        reply(&mut callers, body);
                    }
                })?,
                number => request(&mut wire, &mut callers, number),
            }
        }
        wire.flush()?;
    }
}

fn watch(epoll: &OwnedFd, from: &impl AsFd, number: u64) -> Result<(), Fault> {
    let data = epoll::EventData::new_u64(number);
    Ok(epoll::add(epoll, from, data, epoll::EventFlags::IN)?)
}

/// A message is its caller's number, and the request as it came.
fn request(wire: &mut Wire, callers: &mut HashMap<u64, TcpStream>, number: u64) {
    let mut message = [0; 4096];
    let (head, room) = message.split_at_mut(size_of::<u64>());
    head.copy_from_slice(&number.to_be_bytes());
    match callers.get_mut(&number).map(|caller| caller.read(room)) {
        Some(Ok(read)) if read > 0 => wire.publish(TOPIC, &message[..size_of::<u64>() + read]),
        // Closed, which takes it out of the epoll set, too.
        _ => drop(callers.remove(&number)),
    }
}

fn reply(callers: &mut HashMap<u64, TcpStream>, message: &[u8]) {
    let number = message.first_chunk().copied().map(u64::from_be_bytes);
    if let Some(caller) = number.and_then(|number| callers.get_mut(&number)) {
        // Whoever has gone has no use for it.
        let _ = caller.write(ANSWER);
    }
}
