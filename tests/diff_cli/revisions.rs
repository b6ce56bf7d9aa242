//! Revisions: hostile ones, links in them, and clones that do not reach far enough.

use super::layouts::committed;
use super::support::{CONFIG, Folder};

#[test]
fn revisions_never_become_options() {
    let folder = committed();
    let target = folder.path().join("written");
    let evil = [
        format!("--output={}", target.display()),
        "--exec-path=/tmp".to_owned(),
        "-h".to_owned(),
        "--all".to_owned(),
        String::new(),
        "HEAD\n--all".to_owned(),
        "HEAD..main".to_owned(),
    ];
    for revision in &evil {
        let base = format!("--base={revision}");
        let operand = format!("git:{revision}:out.yaml");
        for args in [
            &["diff", base.as_str()][..],
            &["diff", &operand, "out.yaml"],
        ] {
            let run = folder.run(args);
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
            assert!(
                run.err.contains("git knows no revision")
                    || run.err.contains("a value is required"),
                "{args:?}: {}",
                run.err
            );
        }
    }
    for path in [
        "--output=written",
        "../out.yaml",
        "-r",
        ":(glob)*",
        "nothing",
    ] {
        let run = folder.run(&["diff", &format!("git:HEAD:{path}"), "out.yaml"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{path}");
    }
    assert!(!target.exists() && !folder.path().join("written").exists());
}

#[test]
fn links_in_a_revision_are_not_files() {
    let folder = committed();
    folder.write("all/c.yaml", CONFIG);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("all/link.yaml")).unwrap();
    folder.commit("a link");
    folder.write("c.yaml", CONFIG);
    assert_eq!(
        folder.run(&["diff", "git:HEAD:all", "c.yaml"]).told(),
        (0, "".into())
    );
    let run = folder.run(&["diff", "git:HEAD:all/link.yaml", "c.yaml"]);
    assert!(
        run.code == 2 && run.err.contains("is a link"),
        "{}",
        run.err
    );
}

#[test]
fn a_shallow_clone_is_told_what_to_fetch() {
    let origin = committed();
    origin.write("more", "x");
    origin.commit("second");
    let clone = Folder::new();
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth=1", &url, "clone"]);
    let run = clone.run_in("clone", &["diff", "--base", "HEAD~1"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("shallow") && run.err.contains("fetch-depth: 0"),
        "{}",
        run.err
    );
    assert_eq!(clone.run_in("clone", &["diff", "--base", "HEAD"]).code, 0);
}
