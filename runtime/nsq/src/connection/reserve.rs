//! Publishing in steps: reserve room, send, learn the outcome.

use std::time::Duration;

use bytes::Bytes;
use kubefuncs_nsq_proto::{Command, Topic};
use tokio::sync::OwnedSemaphorePermit;

use super::{Connection, Op};
use crate::publish::{PublishError, PublishSlot, Publishing};

/// Room in a connection's queue for one publish.
#[derive(Debug)]
pub struct Reserved {
    connection: Connection,
    command: Command,
    room: OwnedSemaphorePermit,
}

impl Reserved {
    /// Queues the publish at once. The outcome can be awaited; not awaiting it un-sends nothing.
    pub fn send(self) -> Publishing {
        self.queue(false)
    }

    /// As [`send`](Self::send), for a publish that may go out as one command (MPUB) with others to
    /// the same topic that are queued at that time. That costs nsqd far less, and its outcome is
    /// theirs: when nsqd fails half-way it is [`PublishErrorKind::Unknown`], where it would have been
    /// [`PublishErrorKind::Rejected`], and when one of them is too large for nsqd, and not for us, it
    /// is [`PublishErrorKind::NotSent`]. For a minute after that nothing is joined on this node.
    ///
    /// [`PublishErrorKind::NotSent`]: crate::PublishErrorKind::NotSent
    /// [`PublishErrorKind::Unknown`]: crate::PublishErrorKind::Unknown
    /// [`PublishErrorKind::Rejected`]: crate::PublishErrorKind::Rejected
    pub fn send_joined(self) -> Publishing {
        self.queue(true)
    }

    fn queue(self, joins: bool) -> Publishing {
        let (slot, publishing) = PublishSlot::new(Some(self.room), self.connection.vitals());
        self.connection.send(Op::Publish {
            command: self.command,
            slot,
            joins,
        });
        publishing
    }
}

impl Connection {
    /// Checks a publish and waits for room in the queue. Cancel safe: nothing is queued before
    /// [`Reserved::send`].
    ///
    /// # Errors
    /// A body of bad size, or a connection that has ended: in both cases nothing is sent.
    pub async fn reserve(&self, topic: &Topic, body: Bytes) -> Result<Reserved, PublishError> {
        self.reserve_command(Command::publish(topic, body, &self.shared.limits)?)
            .await
    }

    /// As [`Connection::reserve`], for a message that nsqd delivers only after `delay`.
    ///
    /// # Errors
    /// As [`Connection::reserve`], and for a delay that nsqd does not take.
    pub async fn reserve_deferred(
        &self,
        topic: &Topic,
        delay: Duration,
        body: Bytes,
    ) -> Result<Reserved, PublishError> {
        let command = Command::publish_deferred(topic, delay, body, &self.shared.limits)?;
        self.reserve_command(command).await
    }

    async fn reserve_command(&self, command: Command) -> Result<Reserved, PublishError> {
        let size = u32::try_from(command.weight()).unwrap_or(u32::MAX);
        let size = size.clamp(self.shared.least, self.shared.room_size);
        let room = self.shared.room.clone().acquire_many_owned(size).await;
        let room = room.map_err(|_| PublishError::not_sent(self.shared.end.borrow().clone()))?;
        Ok(Reserved {
            connection: self.clone(),
            command,
            room,
        })
    }

    /// Publishes and waits for nsqd's `OK`. Dropping the future while it waits for room sends
    /// nothing; later it un-sends nothing.
    ///
    /// # Errors
    /// [`PublishError`] says whether the message may be stored all the same.
    pub async fn publish(&self, topic: &Topic, body: Bytes) -> Result<(), PublishError> {
        self.reserve(topic, body).await?.send().await
    }
}
