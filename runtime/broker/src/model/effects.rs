//! What a change of the model asks of the world around it.

use kubefuncs_nsq_proto::{Channel as ChannelName, Topic as TopicName};

/// A connection, for as long as it lasts; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientId(pub(crate) u64);

/// News for the directories: a topic, or a channel of it, has come or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) exists: bool,
    pub(crate) topic: TopicName,
    pub(crate) channel: Option<ChannelName>,
}

/// Collected while the model changes, carried out afterwards.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Whoever should look again whether there is a message for it.
    pub(crate) wake: Vec<ClientId>,
    /// Whose channel is gone: their sockets are closed.
    pub(crate) close: Vec<ClientId>,
    /// In order.
    pub(crate) announce: Vec<Announcement>,
}
