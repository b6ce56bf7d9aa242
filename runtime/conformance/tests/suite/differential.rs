//! The same random scripts on both servers.
//!
//! `KUBEFUNCS_SCRIPTS` sets how many, `KUBEFUNCS_SCRIPT` runs one number only.

use kubefuncs_conformance::{Server, Settings, TlsSettings, twins};
use kubefuncs_testkit::require_nsq;

const STEPS: usize = 60;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")),
    )
}

/// Runs so many scripts, unless the environment says otherwise.
fn compare(settings: &Settings, scripts: u64) {
    let (embedded, nsqd) = (Server::embedded(settings), Server::nsqd(settings));
    if settings.auth {
        twins::permit_some(&embedded);
        twins::permit_some(&nsqd);
    }
    let numbers = match number("KUBEFUNCS_SCRIPT") {
        Some(one) => one..one + 1,
        None => 0..number("KUBEFUNCS_SCRIPTS").unwrap_or(scripts),
    };
    for number in numbers {
        twins::compare(&embedded, &nsqd, number, STEPS);
    }
}

#[test]
fn no_script_tells_them_apart() {
    require_nsq!();
    compare(&Settings::default(), 20);
}

/// Over TLS, and with AUTH that permits some of it.
#[test]
fn no_script_tells_them_apart_where_they_are_secured() {
    require_nsq!();
    let settings = Settings {
        tls: Some(TlsSettings::default()),
        auth: true,
        ..Settings::default()
    };
    compare(&settings, 10);
}
