//! How much may wait at once, in calls and in bytes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::reject::{Kind, Reject};

/// What is left of the bounds that all requests share.
#[derive(Debug)]
pub(crate) struct Admission {
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// The bytes and the call a request has taken; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    admission: &'a Admission,
    bytes: Option<OwnedSemaphorePermit>,
    call: Option<OwnedSemaphorePermit>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        let semaphore =
            |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self {
            calls: semaphore(limits.calls),
            bytes: semaphore(limits.bytes),
        }
    }

    /// A ticket with nothing taken yet.
    pub(crate) fn ticket(&self) -> Ticket<'_> {
        Ticket {
            admission: self,
            bytes: None,
            call: None,
        }
    }
}

impl Ticket<'_> {
    /// Takes bytes as they arrive, not as they are announced: a client that sends slowly holds
    /// only what it has sent.
    pub(crate) fn take_bytes(&mut self, count: usize) -> Result<(), Reject> {
        let full = || Reject::new(Kind::TooMany, "too many bytes are waiting for answers");
        let count = u32::try_from(count).map_err(|_| full())?;
        let permit = self
            .admission
            .bytes
            .clone()
            .try_acquire_many_owned(count)
            .map_err(|_| full())?;
        match &mut self.bytes {
            Some(held) => held.merge(permit),
            None => self.bytes = Some(permit),
        }
        Ok(())
    }

    /// Takes the place of one call.
    pub(crate) fn take_call(&mut self) -> Result<(), Reject> {
        let permit = self.admission.calls.clone().try_acquire_owned();
        let full = |_| Reject::new(Kind::TooMany, "too many calls are waiting for answers");
        self.call = Some(permit.map_err(full)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(calls: usize, bytes: usize) -> Admission {
        Admission::new(&Limits {
            calls,
            bytes,
            ..Limits::default()
        })
    }

    #[test]
    fn what_a_ticket_took_comes_back_with_it() {
        let admission = admission(1, 10);
        let mut first = admission.ticket();
        first.take_bytes(4).unwrap();
        first.take_bytes(6).unwrap();
        first.take_call().unwrap();
        let mut second = admission.ticket();
        assert_eq!(second.take_bytes(1).unwrap_err().kind(), Kind::TooMany);
        assert_eq!(second.take_call().unwrap_err().kind(), Kind::TooMany);
        drop(first);
        second.take_bytes(10).unwrap();
        second.take_call().unwrap();
    }

    #[test]
    fn a_refused_piece_takes_nothing() {
        let admission = admission(1, 10);
        let mut ticket = admission.ticket();
        assert!(ticket.take_bytes(11).is_err());
        assert!(ticket.take_bytes(usize::MAX).is_err());
        ticket.take_bytes(10).unwrap();
    }
}
