//! Help and usage.

use crate::support::{Ran, kubefuncs};

#[test]
fn help_of_each_command_has_an_example_and_goes_to_standard_output() {
    let ran = Ran::of(kubefuncs(&["--help"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for command in ["emit", "call", "tail", "redrive", "serve"] {
        assert!(ran.stdout.contains(&format!("\n  {command} ")), "{ran:?}");
        let ran = Ran::of(kubefuncs(&[command, "--help"]));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let example = ran.stdout.split("Examples:\n").nth(1);
        let example = example.unwrap_or_else(|| panic!("{}", ran.stdout));
        assert!(
            example.contains(&format!("kubefuncs {command}")),
            "{example}"
        );
    }
}

#[test]
fn what_is_no_command_is_status_2() {
    for args in [&["shout"][..], &["emit"], &["serve"], &[]] {
        let ran = Ran::of(kubefuncs(args));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    }
}
