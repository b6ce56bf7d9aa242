//! `render -o DIR`, killed wherever it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::directory::{files, listed};
use super::run::kubefunctl;

const KILLS: u32 = 40;

fn input(count: usize, image: u32) -> String {
    let functions = (0..count).map(|index| format!("- name: f{index}\n"));
    let functions: String = functions.collect();
    format!("app: shop\nimage: acme/shop:{image}\nfunctions:\n{functions}")
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefunctl"));
    command
        .args(["render", "-o", "deploy", "--allow-removals"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn killed_anywhere_it_leaves_a_whole_list_and_converges() {
    let folder = tempfile::tempdir().unwrap();
    let deploy = folder.path().join("deploy");
    fs::create_dir(&deploy).unwrap();
    fs::write(deploy.join("notes.txt"), "mine").unwrap();
    let write = |text: String| fs::write(folder.path().join("functions.yaml"), text).unwrap();
    write(input(60, 1));
    let begun = Instant::now();
    assert!(command(folder.path()).status().unwrap().success());
    let whole = begun.elapsed();
    // The delays cover a whole run evenly, in an order that has no pattern.
    let mut state = 12_345_u32;
    let mut killed = 0;
    for round in 0..KILLS {
        // Other objects, and other contents of the same ones.
        let count = if round % 3 == 0 { 60 } else { 45 };
        write(input(count, round + 2));
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let delay = whole.mul_f64(f64::from(state >> 8) / f64::from(1 << 24));
        let mut child = command(folder.path()).spawn().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < delay && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        for name in listed(&deploy) {
            assert!(
                deploy.join(&name).is_file(),
                "round {round}: {name} is missing"
            );
        }
    }
    assert!(
        killed >= KILLS / 4,
        "only {killed} of {KILLS} were killed in time"
    );
    let run = kubefunctl(
        folder.path(),
        &["render", "-o", "deploy", "--allow-removals"],
    );
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let fresh = tempfile::tempdir().unwrap();
    fs::copy(
        folder.path().join("functions.yaml"),
        fresh.path().join("functions.yaml"),
    )
    .unwrap();
    assert!(command(fresh.path()).status().unwrap().success());
    let mut expected = files(&fresh.path().join("deploy"));
    expected.insert("notes.txt".to_owned(), b"mine".to_vec());
    assert_eq!(
        files(&deploy).keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    assert_eq!(files(&deploy), expected);
}
