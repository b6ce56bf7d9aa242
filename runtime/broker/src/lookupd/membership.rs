//! One broker's registration with one directory.

use tokio::time::Instant;

use super::Lookupd;
use super::registry::{Key, PeerId};
use crate::model::Announcement;

/// Ends when dropped, as the connection of an nsqd does.
#[derive(Debug)]
pub(crate) struct Membership {
    lookupd: Lookupd,
    id: PeerId,
}

impl Membership {
    pub(super) fn new(lookupd: Lookupd, id: PeerId) -> Self {
        Self { lookupd, id }
    }

    pub(crate) fn lookupd(&self) -> Lookupd {
        self.lookupd.clone()
    }

    pub(crate) fn ping(&self) {
        self.lookupd.registry().ping(self.id, Instant::now());
    }

    pub(crate) fn announce(&self, news: &Announcement) {
        let key = Key {
            topic: news.topic.clone(),
            channel: news.channel.clone(),
        };
        let mut registry = self.lookupd.registry();
        if news.exists {
            registry.register(self.id, key);
        } else {
            registry.unregister(self.id, &key);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.lookupd.registry().leave(self.id);
    }
}
