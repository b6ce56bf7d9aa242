//! `render -o DIR`, killed wherever it is.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::directory::{files, listed};

const KILLS: u32 = 200;

/// An application every object of which says which round it is.
fn input(functions: u32, round: u32) -> String {
    let functions: String = (0..functions)
        .map(|index| format!("- name: f{index}\n"))
        .collect();
    format!("app: shop\nimage: acme/shop:1\nlabels: {{round: r{round}}}\nfunctions:\n{functions}")
}

fn render(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefunctl"));
    command
        .args(["render", "-o", "deploy", "--allow-removals"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn finished(folder: &Path) -> bool {
    render(folder).status().unwrap().success()
}

/// Numbers without a pattern, the same ones each time.
struct Dice(u32);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % bound
    }
}

/// Waits until `reached` says so, or the run has ended by itself; a sleep would miss the moment.
fn spin(child: &mut Child, mut reached: impl FnMut() -> bool) {
    while !reached() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

/// What tells a file from the one that takes its place.
fn inode(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().map(|file| file.ino())
}

/// Kills one run: after some time, or as soon as some file of the directory has been replaced or
/// removed. Time finds the moments before the writing, files those within it, however fast it is.
fn kill_somewhere(folder: &Path, dice: &mut Dice, whole: Duration) -> bool {
    let deploy = folder.join("deploy");
    let names: Vec<String> = files(&deploy).into_keys().collect();
    let name = &names[dice.below(names.len() as u32) as usize];
    let target = deploy.join(name);
    let before = inode(&target);
    let by_time = dice.below(4) == 0;
    let delay = whole * dice.below(1000) / 1000;
    let mut child = render(folder).spawn().unwrap();
    let begun = Instant::now();
    spin(&mut child, || match by_time {
        true => begun.elapsed() >= delay,
        false => inode(&target) != before,
    });
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// Whether objects of two rounds stand side by side.
fn mixed(deploy: &Path) -> bool {
    let mut rounds: Vec<String> = files(deploy)
        .into_values()
        .filter_map(|text| {
            let text = String::from_utf8(text).unwrap();
            let line = text.lines().find(|line| line.starts_with("    round: "));
            line.map(ToOwned::to_owned)
        })
        .collect();
    rounds.dedup();
    rounds.len() > 1
}

/// The directory is what a run into an empty one gives, and what was there of others.
fn converged(folder: &Path) {
    let fresh = tempfile::tempdir().unwrap();
    let input = fs::read(folder.join("functions.yaml")).unwrap();
    fs::write(fresh.path().join("functions.yaml"), input).unwrap();
    assert!(finished(fresh.path()));
    let mut expected = files(&fresh.path().join("deploy"));
    expected.insert("notes.txt".to_owned(), b"mine".to_vec());
    let deploy = folder.join("deploy");
    let found = files(&deploy);
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    assert_eq!(found, expected);
    assert_eq!(
        fs::read_link(deploy.join("link.yaml")).unwrap(),
        Path::new("../outside.yaml")
    );
    assert_eq!(fs::read(folder.join("outside.yaml")).unwrap(), b"theirs");
}

#[test]
fn killed_anywhere_it_leaves_a_whole_list_and_converges() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deploy = folder.join("deploy");
    fs::create_dir(&deploy).unwrap();
    fs::write(deploy.join("notes.txt"), "mine").unwrap();
    fs::write(folder.join("outside.yaml"), "theirs").unwrap();
    symlink("../outside.yaml", deploy.join("link.yaml")).unwrap();
    let write = |text: String| fs::write(folder.join("functions.yaml"), text).unwrap();
    write(input(12, 0));
    let begun = Instant::now();
    assert!(finished(folder));
    let whole = begun.elapsed();
    let mut dice = Dice(12_345);
    let (mut killed, mut between) = (0, 0);
    for round in 1..=KILLS {
        // More objects or fewer, and other contents of those that stay.
        write(input(if round % 3 == 0 { 12 } else { 9 }, round));
        killed += u32::from(kill_somewhere(folder, &mut dice, whole));
        for name in listed(&deploy) {
            assert!(
                deploy.join(&name).is_file(),
                "round {round}: {name} is missing"
            );
        }
        between += u32::from(mixed(&deploy));
        if round % 40 == 0 {
            assert!(finished(folder), "round {round}: the next run goes through");
            converged(folder);
        }
    }
    assert!(
        killed >= KILLS / 2 && between >= KILLS / 4,
        "{killed} of {KILLS} runs were killed in time, {between} while they wrote"
    );
}
