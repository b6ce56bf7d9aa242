//! An NSQ client: connections, discovery, consumers, producers.
