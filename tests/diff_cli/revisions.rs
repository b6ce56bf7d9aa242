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

/// A template of the user's: a service account with an annotation.
fn account(team: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ServiceAccount\n{{% include \"metadata.yaml\" %}}\n\
         automountServiceAccountToken: false\nsecrets: [{{name: {team}}}]\n"
    )
}

const TEMPLATED: &str = "\
app: shop
image: acme/shop:1.0
templates: k8s
functions:
- name: cart
";

#[test]
fn a_revision_is_rendered_with_the_templates_it_has() {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write("functions.yaml", TEMPLATED);
    folder.write("k8s/serviceaccount.yaml", &account("before"));
    folder.commit("templates");
    folder.write("k8s/serviceaccount.yaml", &account("after"));
    let said = "ServiceAccount default/shop-cart";
    // No output is committed: both sides of --base are rendered.
    for args in [
        &["diff", "git:HEAD:functions.yaml", "functions.yaml"][..],
        &["diff", "git:HEAD:functions.yaml"],
        &["diff", "git:HEAD"],
        &["diff", "--base", "HEAD"],
    ] {
        let run = folder.run(args);
        assert!(
            run.code == 1 && run.out.contains(said) && run.out.contains("before"),
            "{args:?}: {run:?}"
        );
        assert!(!run.out.contains("Deployment"), "{args:?}: {}", run.out);
    }
    folder.commit("other templates");
    for args in [
        &["diff", "git:HEAD:functions.yaml", "functions.yaml"][..],
        &["diff", "--base", "HEAD"],
    ] {
        assert_eq!(folder.run(args).told(), (0, "".into()), "{args:?}");
    }
    // A directory that the revision has not got is not looked for here.
    folder.write("functions.yaml", &TEMPLATED.replace("k8s", "elsewhere"));
    folder.commit("no such templates");
    folder.write("elsewhere/serviceaccount.yaml", &account("after"));
    let run = folder.run(&["diff", "git:HEAD:functions.yaml", "functions.yaml"]);
    assert!(
        run.code == 2 && run.err.contains("the revision has no such directory"),
        "{run:?}"
    );
}
