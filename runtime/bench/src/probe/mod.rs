//! The bare protocol on blocking sockets: what any client could reach at best with these settings.
//!
//! It knows nothing of events: a request is a time and padding, an answer the same bytes. Each
//! connection has a thread; what one read brings is answered by one write. `relay` puts HTTP before
//! it, and is the one part that waits for many sockets.

mod call;
mod queue;
mod relay;
mod wire;

pub(crate) use queue::fill;
pub(crate) use relay::relay;

use crate::Fault;
use crate::job::{Job, Measured, Work};

pub(crate) fn run(job: &Job) -> Result<Measured, Fault> {
    Ok(match job.work {
        Work::Call => call::run(job)?,
        Work::Publish => queue::publish(job)?,
        Work::Consume => queue::consume(job)?,
        Work::Hold => queue::hold(job)?,
    })
}
