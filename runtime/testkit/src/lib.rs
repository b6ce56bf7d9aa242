//! Starts real nsqd and nsqlookupd processes for tests.
