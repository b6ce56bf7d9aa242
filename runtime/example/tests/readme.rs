//! The function of the README is the example, which is compiled and run by the other tests here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kubefuncs_testkit::workspace_dir;

#[test]
fn the_readme_shows_the_example_in_ten_lines_at_most() {
    let readme = std::fs::read_to_string(workspace_dir().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```rust\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let code = include_str!("../src/main.rs");
    let is_code = |line: &&str| !line.starts_with("//!");
    let code = code.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    assert_eq!(shown.trim(), code.trim());
    assert!(shown.lines().count() <= 10);
}
