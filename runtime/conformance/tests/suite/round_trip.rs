//! Messages there and back, byte for byte.

use kubefuncs_conformance::{Event, Probe};

/// Subscribes, publishes bodies that shrink and bodies that do not, and gets and finishes each.
#[track_caller]
pub(crate) fn round_trips(probe: &mut Probe, topic: &str) {
    probe.line(&format!("SUB {topic} c"));
    probe.ok();
    probe.line("RDY 1");
    let noise = |n: usize| (n.wrapping_mul(0x9e37_79b9) >> 13) as u8;
    for size in [1, 1_000, 65_536, 1 << 20] {
        for body in [vec![b'a'; size], (0..size).map(noise).collect()] {
            probe.command(&format!("PUB {topic}"), &body);
            // The answer and the message may come in any order.
            let events = [probe.arrives(), probe.arrives()];
            let message = events.into_iter().find_map(|event| match event {
                Event::Message(message) => Some(message),
                other => {
                    assert_eq!(other, Event::Response("OK".into()));
                    None
                }
            });
            let message = message.expect("a message");
            assert!(message.body == body, "{topic}: {size} bytes");
            probe.line(&format!("FIN {}", message.id));
        }
    }
}
