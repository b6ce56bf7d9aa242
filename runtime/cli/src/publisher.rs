//! Publishing, and what a failure of it means to whoever asked.

use bytes::Bytes;
use kubefuncs::{Config, Topic};
use kubefuncs_nsq::{Producer, PublishErrorKind};
use tokio::time::{Instant, timeout_at};

use crate::exit::Failure;
use crate::trouble;

/// Connections to all brokers there are, at least one of them up.
pub(crate) struct Publisher(Producer);

impl Publisher {
    /// Connects.
    ///
    /// # Errors
    /// Why no broker is there by the deadline.
    pub(crate) async fn connect(config: &Config, deadline: Instant) -> Result<Self, Failure> {
        let producer = config.producer();
        let mut ready = producer.ready();
        let connected = ready.wait_for(|nodes| !nodes.is_empty());
        if timeout_at(deadline, connected).await.is_err() {
            return Err(trouble::explain(config).await);
        }
        Ok(Self(producer))
    }

    /// Publishes to whichever broker takes it, and waits for its word.
    ///
    /// # Errors
    /// Whether it may be stored all the same is said.
    pub(crate) async fn publish(
        &self,
        topic: &Topic,
        message: Bytes,
        deadline: Instant,
    ) -> Result<(), Failure> {
        match timeout_at(deadline, self.0.publish(topic, message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == PublishErrorKind::Size => Err(Failure::unreachable(
                format!("{error}: KUBEFUNCS_MAX_MESSAGE says what brokers take"),
            )),
            Ok(Err(error)) => Err(Failure::unreachable(error.to_string())),
            Err(_) => Err(Failure::deadline(
                "sent, but not confirmed within the deadline: it may be stored or not",
            )),
        }
    }
}
