//! One thread that sends requests when they are due and takes answers as they come. It waits for
//! both in one system call, so that it is late by microseconds, and leaves the processors to those
//! that are measured.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};

use super::Loop;
use super::http::whole;
use crate::Fault;

/// What is not answered so long after the last request was due has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request that was answered with 200.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// When the request was due, and when its answer was there: since the beginning.
    pub(super) due: Duration,
    pub(super) at: Duration,
}

/// A kept connection.
struct Lane {
    stream: TcpStream,
    input: Vec<u8>,
    /// When the request was due that is under way.
    due: Option<Duration>,
}

pub(super) struct Generator {
    server: SocketAddr,
    request: Vec<u8>,
    epoll: OwnedFd,
    lanes: Vec<Lane>,
    /// The lanes with nothing under way; the one that is free for the longest first.
    free: VecDeque<usize>,
    pub(super) answers: Vec<Answer>,
    pub(super) failed: u64,
}

impl Generator {
    pub(super) fn new(
        server: SocketAddr,
        request: Vec<u8>,
        connections: usize,
    ) -> Result<Self, Fault> {
        // The kernel would add 50 µs to each wait, so that several end together.
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
        let mut generator = Self {
            server,
            request,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            lanes: Vec::new(),
            free: (0..connections).collect(),
            answers: Vec::new(),
            failed: 0,
        };
        for number in 0..connections {
            let lane = generator.open(number)?;
            generator.lanes.push(lane);
        }
        Ok(generator)
    }

    fn open(&self, number: usize) -> Result<Lane, Fault> {
        let stream = TcpStream::connect(self.server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(&self.epoll, &stream, data, epoll::EventFlags::IN)?;
        Ok(Lane {
            stream,
            input: Vec::with_capacity(4096),
            due: None,
        })
    }

    /// Sends what is due before `end`, counted from `begin`, and waits for the answers.
    pub(super) fn run(&mut self, form: Loop, begin: Instant, end: Duration) -> Result<(), Fault> {
        let mut events = Vec::with_capacity(256);
        let mut sent = 0_u32;
        loop {
            let mut due = form.due(sent, begin.elapsed());
            while due <= begin.elapsed().min(end)
                && let Some(number) = self.free.pop_front()
            {
                self.send(number, due)?;
                sent += 1;
                due = form.due(sent, begin.elapsed());
            }
            let (now, waiting) = (begin.elapsed(), self.lanes.len() - self.free.len());
            let is_over = due > end;
            if is_over && (waiting == 0 || now >= end + PATIENCE) {
                self.failed += waiting as u64;
                return Ok(());
            }
            // With no lane free, or nothing more to send, only answers are waited for.
            let wait = match self.free.is_empty() || is_over {
                true => PATIENCE,
                false => due.saturating_sub(now),
            };
            let wait = Timespec::try_from(wait)?;
            let room = rustix::buffer::spare_capacity(&mut events);
            epoll::wait(&self.epoll, room, Some(&wait))?;
            for event in events.drain(..) {
                self.receive(event.data.u64() as usize, begin)?;
            }
        }
    }

    fn send(&mut self, number: usize, due: Duration) -> Result<(), Fault> {
        let lane = &mut self.lanes[number];
        lane.due = Some(due);
        match lane.stream.write(&self.request) {
            Ok(written) if written == self.request.len() => Ok(()),
            _ => self.broken(number),
        }
    }

    fn receive(&mut self, number: usize, begin: Instant) -> Result<(), Fault> {
        let lane = &mut self.lanes[number];
        let mut bytes = [0; 4096];
        match lane.stream.read(&mut bytes) {
            Ok(count) if count > 0 => lane.input.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            _ => return self.broken(number),
        }
        let (status, length) = match whole(&lane.input) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(()),
            Err(_) => return self.broken(number),
        };
        lane.input.drain(..length);
        // An answer that nobody waits for would belong to the next request.
        let Some(due) = lane.due.take() else {
            return self.broken(number);
        };
        if status == 200 {
            let at = begin.elapsed();
            self.answers.push(Answer { due, at });
        } else {
            self.failed += 1;
        }
        self.free.push_back(number);
        Ok(())
    }

    /// What is under way has failed, and the lane is a new one.
    fn broken(&mut self, number: usize) -> Result<(), Fault> {
        if self.lanes[number].due.is_some() {
            self.failed += 1;
            self.free.push_back(number);
        }
        self.lanes[number] = self.open(number)?;
        Ok(())
    }
}
