//! The same random script on two servers, every frame and every closing compared.
//!
//! After each step both are left to come to rest, and then have to have sent the same and to show
//! the same in `/stats`. What differs by nature is put aside: ids (replaced by the bodies they
//! belong to), times and addresses. So that nothing is left to chance, a channel has one consumer
//! at a time and no timeout comes to pass.

mod script;
mod snapshot;
mod step;
mod twin;

pub use script::script;
pub use step::{Body, Connection, Step, Which};

use std::time::Instant;

use crate::{PATIENCE, Random, Server};
use serde_json::json;
use twin::{SECRET, Twin};

/// Permits a script some of what it does: one topic is only subscribed to, by one channel, and
/// another one has no such channel.
pub fn permit_some(server: &Server) {
    let both = ["publish", "subscribe"];
    let answer = json!({"ttl": 3600, "authorizations": [
        {"topic": "^(a|barrier)", "channels": [".*"], "permissions": both},
        {"topic": "^b", "channels": ["^c1"], "permissions": both},
        {"topic": "#ephemeral$", "channels": ["^$", "^c[02]"], "permissions": both},
    ]});
    server.auth().answers_with(SECRET, 200, answer.to_string());
}

/// Runs a random script on both servers; `number` decides it.
///
/// # Panics
/// When they differ; shows the script up to there.
pub fn compare(embedded: &Server, nsqd: &Server, number: u64, steps: usize) {
    let script = script(&mut Random::new(number), steps);
    let mut twins = [Twin::new(embedded, number), Twin::new(nsqd, number)];
    for (at, step) in script.iter().enumerate() {
        let [ours, real] = [0, 1].map(|which| twins[which].run(step));
        let so_far = || {
            let lines: Vec<String> = script[..=at]
                .iter()
                .map(|step| format!("{step:?}"))
                .collect();
            format!("script {number}, step {at}:\n{}\n", lines.join("\n"))
        };
        let answered = !real.contains(&"silence".to_owned());
        assert!(
            answered && ours == real,
            "{}ours: {ours:#?}\nnsqd: {real:#?}",
            so_far()
        );
        let [ours, real] = rest(&mut twins, &so_far);
        assert!(ours == real, "{}ours: {ours:#?}\nnsqd: {real:#?}", so_far());
    }
    twins.iter_mut().for_each(Twin::clean_up);
}

/// Waits until both show the same, and returns what they have delivered.
fn rest(twins: &mut [Twin<'_>; 2], so_far: &dyn Fn() -> String) -> [Vec<String>; 2] {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let [ours, real] = [0, 1].map(|which| twins[which].snapshot());
        if ours == real && ours.is_at_rest(twins[0].consumers()) {
            return [(0, ours), (1, real)].map(|(which, shown)| twins[which].delivered(&shown));
        }
        let in_time = Instant::now() < deadline;
        assert!(in_time, "{}ours: {ours:#?}\nnsqd: {real:#?}", so_far());
        std::thread::yield_now();
    }
}
