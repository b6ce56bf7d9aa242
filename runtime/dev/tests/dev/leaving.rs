//! Nothing is left behind.

use std::thread;

use kubefuncs_testkit::wait_until;

use crate::support::{PATIENCE, Project, example, is_alive, one};

/// A function with a child of its own, which writes down both their numbers.
const FAMILY: &str = "sleep 1000 & echo $$ > parent; echo $! > child; wait";

fn family(project: &Project) -> Vec<String> {
    let read = |name: &str| std::fs::read_to_string(project.path(name)).unwrap_or_default();
    wait_until(PATIENCE, "both run", || {
        read("parent").ends_with('\n') && read("child").ends_with('\n')
    });
    ["parent", "child"]
        .map(|name| read(name).trim().to_owned())
        .to_vec()
}

#[test]
fn ctrl_c_takes_everybody_along() {
    let project = Project::new(&one("family", &["sh", "-c", FAMILY]));
    let mut dev = project.start();
    let pids = family(&project);
    assert!(pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
    dev.interrupt();
    assert!(dev.process.stderr().contains("draining"));
    assert!(!pids.iter().any(|pid| is_alive(pid)), "{pids:?}");
}

#[test]
fn a_second_ctrl_c_waits_for_nobody() {
    let stubborn = format!("trap '' TERM; {FAMILY}");
    let project = Project::new(&one("family", &["sh", "-c", &stubborn]));
    let mut dev = project.start();
    let pids = family(&project);
    dev.process.interrupt();
    dev.says("draining");
    dev.interrupt();
    assert!(dev.process.stderr().contains("left at once"));
    wait_until(PATIENCE, "nobody is left", || {
        !pids.iter().any(|pid| is_alive(pid))
    });
}

#[test]
fn a_crash_of_its_own_takes_everybody_along() {
    let stubborn = format!("trap '' TERM; {FAMILY}");
    let project = Project::new(&one("family", &["sh", "-c", &stubborn]));
    let mut dev = project.start();
    let pids = family(&project);
    dev.process.kill();
    wait_until(PATIENCE, "nobody is left", || {
        !pids.iter().any(|pid| is_alive(pid))
    });
}

#[test]
fn what_a_function_leaves_is_cleared_before_it_is_started_again() {
    let project = Project::new(&one(
        "family",
        &["sh", "-c", "sleep 1000 & echo $! >> children; exit 1"],
    ));
    let mut dev = project.start();
    dev.says_times("starting", 2);
    let children = std::fs::read_to_string(project.path("children")).unwrap();
    let first = children.lines().next().unwrap().to_owned();
    wait_until(PATIENCE, "the first child is gone", || !is_alive(&first));
    dev.interrupt();
}

#[test]
fn a_call_that_waits_has_its_answer_before_everything_ends() {
    // Stopped before it is asked, the function answers only when it is let go on.
    let project = Project::new(&one("slow", &[&example()]));
    let mut dev = project.start();
    dev.says("slow: ready");
    let gateway = dev.gateway();
    assert_eq!(dev.get("/slow/").0, 200);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let gateway = gateway.clone();
            thread::spawn(move || kubefuncs_testkit::http::get(gateway, "/slow/"))
        })
        .collect();
    dev.interrupt();
    for call in calls {
        // Taken before the end it is answered, else it is refused: never cut.
        if let Ok(response) = call.join().unwrap() {
            assert_eq!(response.text(), "pong\n");
        }
    }
}
