//! Loopback ports that stay ours.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::fs::{self, File};
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Below Linux's range for outgoing connections (from 32768): a client that dials a port of that
/// range while its server is down can be given the very same port and connect to itself.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// A TCP port on 127.0.0.1, reserved against all tests of this machine until dropped.
///
/// Nothing listens on it yet. The reservation is a locked file, so it lasts while a server is
/// stopped and started again, and ends with the process that holds it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a free port.
    ///
    /// # Panics
    /// When there is none, or the temporary directory cannot be written.
    pub fn reserve() -> Port {
        let user = rustix::process::getuid().as_raw();
        let dir = std::env::temp_dir().join(format!("kubefuncs-ports-{user}"));
        fs::create_dir_all(&dir).expect("the folder of port locks");
        // A fresh RandomState is random: two test processes begin at different ports.
        let start = RandomState::new().hash_one(0_u8);
        for step in 0..u64::from(COUNT) {
            let number = FIRST + (start.wrapping_add(step) % u64::from(COUNT)) as u16;
            let lock = File::create(dir.join(number.to_string())).expect("a port lock");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Port {
                    number,
                    _lock: lock,
                };
            }
        }
        panic!("no free port from {FIRST} on, of {COUNT}");
    }

    /// The number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// 127.0.0.1 with this port.
    pub fn addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

/// `127.0.0.1:PORT`
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addr().fmt(f)
    }
}
