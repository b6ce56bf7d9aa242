//! Loopback addresses for pods.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, TcpListener};

use kubefuncs_testkit::leave_out;

/// The first of many loopback addresses that hardly another test has.
///
/// None, loudly, on a system where loopback is 127.0.0.1 alone: pods have the same ports, so each
/// needs an address.
pub fn network() -> Option<Ipv4Addr> {
    if TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).is_err() {
        leave_out("pods need loopback addresses of their own, and 127.0.0.2 is none here");
        return None;
    }
    // A fresh RandomState is random.
    let [a, b, ..] = RandomState::new().hash_one(0_u8).to_ne_bytes();
    Some(Ipv4Addr::new(127, 64 + a % 64, b, 16))
}
