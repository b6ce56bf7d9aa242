//! The same random scripts on both servers.
//!
//! `KUBEFUNCS_SCRIPTS` sets how many (20 unless set), `KUBEFUNCS_SCRIPT` runs one number only.

use kubefuncs_conformance::{Server, Settings, twins};
use kubefuncs_testkit::require_nsq;

const STEPS: usize = 60;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")),
    )
}

#[test]
fn no_script_tells_them_apart() {
    require_nsq!();
    let settings = Settings::default();
    let (embedded, nsqd) = (Server::embedded(&settings), Server::nsqd(&settings));
    let numbers = match number("KUBEFUNCS_SCRIPT") {
        Some(one) => one..one + 1,
        None => 0..number("KUBEFUNCS_SCRIPTS").unwrap_or(20),
    };
    for number in numbers {
        twins::compare(&embedded, &nsqd, number, STEPS);
    }
}
