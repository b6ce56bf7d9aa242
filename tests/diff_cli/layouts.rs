//! Layouts of repositories, one test each; the commands in the table of `docs/gitops.md` are run
//! in `deployments.rs`.

use super::support::{CONFIG, Folder};

pub(crate) const APP: &str = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n";

/// A repository with an application whose output is committed as out.yaml.
pub(crate) fn committed() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write("functions.yaml", APP);
    folder.render(&[], "out.yaml");
    folder.commit("first");
    folder
}

#[test]
fn a_committed_stream_is_fresh_or_stale() {
    let folder = committed();
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&["diff"]);
    assert_eq!(run.code, 1);
    let first = run.out.lines().next().unwrap();
    assert_eq!(
        first,
        "out.yaml is stale: run `kubefunctl render -o out.yaml`"
    );
    assert!(
        run.out.contains("acme/shop:1.0 → acme/shop:1.1"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "--format", "json"]);
    assert!(
        run.out.starts_with('{') && run.err.contains("is stale"),
        "{}",
        run.err
    );
    assert_eq!(folder.run(&["diff", "--fail-on", "never"]).code, 0);
}

#[test]
fn bytes_count_where_objects_do_not_differ() {
    let folder = committed();
    let out = std::fs::read_to_string(folder.path().join("out.yaml")).unwrap();
    folder.write("out.yaml", &format!("# by hand\n{out}"));
    let run = folder.run(&["diff"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("(no object differs, only the text)"),
        "{}",
        run.out
    );
}

#[test]
fn the_flags_in_the_header_are_replayed() {
    let folder = committed();
    folder.render(
        &["--namespace", "prod", "--image", "acme/shop:7"],
        "out.yaml",
    );
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    folder.write("functions.yaml", &format!("{APP}- name: more\n"));
    let run = folder.run(&["diff"]);
    let first = run.out.lines().next().unwrap();
    assert!(
        first.contains("`kubefunctl render --namespace prod --image acme/shop:7 -o out.yaml`"),
        "{first}"
    );
    assert!(
        run.out.contains("Deployment prod/shop-more (new)"),
        "{}",
        run.out
    );
    // A header is somebody's text: it names no files, and nothing but settings.
    for flags in ["/etc/passwd", "-f /etc/passwd", "--help", "--nope"] {
        folder.write("out.yaml", &format!("# Rendered with: {flags}\n{CONFIG}"));
        let run = folder.run(&["diff"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{flags}");
        assert!(
            run.err.contains("flags that are not known here"),
            "{}",
            run.err
        );
    }
}

#[test]
fn an_empty_or_cut_output_is_an_error_that_says_so() {
    let folder = committed();
    folder.write("out.yaml", "\n");
    let run = folder.run(&["diff"]);
    assert!(
        run.code == 2 && run.err.contains("out.yaml is empty"),
        "{}",
        run.err
    );
    folder.write("out.yaml", &CONFIG[..CONFIG.len() - 3]);
    let run = folder.run(&["diff"]);
    assert!(
        run.code == 2 && run.err.contains("cut short"),
        "{}",
        run.err
    );
}

#[test]
fn a_directory_of_manifests() {
    let folder = committed();
    folder.git(&["rm", "--quiet", "--cached", "out.yaml"]);
    let out = std::fs::read_to_string(folder.path().join("out.yaml")).unwrap();
    std::fs::remove_file(folder.path().join("out.yaml")).unwrap();
    for (at, document) in out.split("---\n").enumerate().skip(1) {
        folder.write(&format!("deploy/cart/{at}.yaml"), document);
    }
    folder.commit("as a directory");
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    std::fs::remove_file(folder.path().join("deploy/cart/1.yaml")).unwrap();
    let run = folder.run(&["diff"]);
    assert!(
        run.code == 1 && run.out.starts_with("deploy/ is stale"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "--base", "HEAD"]);
    assert!(
        run.code == 1 && run.out.contains("(removed)"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "git:HEAD:deploy", "deploy"]);
    assert!(
        run.code == 1 && run.out.contains("(removed)"),
        "{}",
        run.out
    );
}

#[test]
fn several_environments_are_told_apart() {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write("functions.yaml", APP);
    folder.render(&["--namespace", "staging"], "out.staging.yaml");
    folder.render(&["--namespace", "prod"], "out.prod.yaml");
    folder.commit("both");
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    folder.render(&["--namespace", "staging"], "out.staging.yaml");
    let run = folder.run(&["diff"]);
    assert!(
        run.code == 1 && run.out.starts_with("out.prod.yaml is stale"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("prod: 1 object differs") && !run.out.contains("staging:"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "--base", "HEAD", "--format", "markdown"]);
    assert!(run.out.contains("| Environment | Impact |"), "{}", run.out);
    assert!(
        run.out.contains("| staging | **restart** | 1 |"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "--base", "HEAD", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["comparisons"][1]["title"], "staging");
    assert_eq!(json["comparisons"][0]["summary"]["changed"], 0);
}

#[test]
fn environments_are_rendered_by_their_names() {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    let app =
        format!("{APP}environments:\n  prod: {{namespace: live}}\n  test: {{namespace: try}}\n");
    folder.write("functions.yaml", &app);
    folder.render(&["--env", "prod"], "out.prod.yaml");
    folder.render(&["--env", "test"], "out.test.yaml");
    folder.commit("both");
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    folder.write("functions.yaml", &app.replace("live", "new"));
    let run = folder.run(&["diff"]);
    let first = "out.prod.yaml is stale: run `kubefunctl render --env prod -o out.prod.yaml`";
    assert!(run.code == 1 && run.out.starts_with(first), "{}", run.out);
    assert!(!run.out.contains("test:"), "{}", run.out);
}

#[test]
fn a_rendered_directory_is_fresh_with_the_flags_it_records() {
    let folder = Folder::new();
    folder.write("functions.yaml", APP);
    let run = folder.run(&["render", "--namespace", "prod", "-o", "deploy/"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&["diff"]);
    let first = "deploy/ is stale: run `kubefunctl render --namespace prod -o deploy/`";
    assert!(run.code == 1 && run.out.starts_with(first), "{}", run.out);
}

#[test]
fn review_is_against_the_merge_base() {
    let folder = committed();
    folder.git(&["switch", "--quiet", "--create", "feature"]);
    folder.write("functions.yaml", &format!("{APP}- name: more\n"));
    folder.render(&[], "out.yaml");
    folder.commit("one more");
    folder.git(&["switch", "--quiet", "main"]);
    folder.write("functions.yaml", &APP.replace("1.0", "2.0"));
    folder.render(&[], "out.yaml");
    folder.commit("meanwhile");
    folder.git(&["switch", "--quiet", "feature"]);
    let run = folder.run(&["diff", "--base", "main"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out
            .contains("Deployment default/shop-more (new): starts"),
        "{}",
        run.out
    );
    assert!(
        !run.out.contains("acme/shop:2.0"),
        "what main did is not ours: {}",
        run.out
    );
    // Against the branch itself, it is.
    assert!(
        folder
            .run(&["diff", "git:main", "out.yaml"])
            .out
            .contains("acme/shop:2.0")
    );
    // From a folder below, paths are those of that folder.
    folder.write("below/out.yaml", CONFIG);
    folder.commit("below");
    for args in [
        &["diff", "git:HEAD:out.yaml", "out.yaml"][..],
        &["diff", "--base", "HEAD"],
    ] {
        assert_eq!(
            folder.run_in("below", args).told(),
            (0, "".into()),
            "{args:?}"
        );
    }
}

#[test]
fn review_renders_where_nothing_is_committed() {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write("functions.yaml", APP);
    folder.commit("input only");
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&["diff", "--base", "HEAD"]);
    assert!(
        run.out.contains("acme/shop:1.0 → acme/shop:1.1"),
        "{}",
        run.out
    );
    // Output is committed for the first time: what it was made of then is the other side.
    folder.render(&["--namespace", "default"], "out.yaml");
    let run = folder.run(&["diff", "--base", "HEAD"]);
    assert!(
        run.out.contains("acme/shop:1.0 → acme/shop:1.1"),
        "{}",
        run.out
    );
}

#[test]
fn several_applications_with_one_gateway() {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write("shop.yaml", APP);
    folder.write(
        "users.yaml",
        "app: users\nimage: acme/users:1.0\nfunctions:\n- name: who\n",
    );
    folder.render(&["shop.yaml", "users.yaml"], "out.yaml");
    folder.commit("both");
    let args = ["diff", "-f", "shop.yaml", "-f", "users.yaml"];
    assert_eq!(folder.run(&args).told(), (0, "".into()));
    folder.write("shop.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&args);
    let first = "out.yaml is stale: run `kubefunctl render -f shop.yaml -f users.yaml -o out.yaml`";
    assert!(run.code == 1 && run.out.starts_with(first), "{}", run.out);
}

#[test]
fn output_in_another_folder_or_branch() {
    let folder = committed();
    folder.git(&["switch", "--quiet", "--orphan", "deployed"]);
    folder.write("manifests/prod.yaml", CONFIG);
    folder.commit("deployed");
    folder.git(&["switch", "--quiet", "main"]);
    folder.write("env/prod.yaml", &CONFIG.replace("one", "two"));
    let run = folder.run(&["diff", "git:deployed:manifests/prod.yaml", "env/prod.yaml"]);
    assert!(
        run.code == 1 && run.out.contains("one → two"),
        "{}",
        run.out
    );
    let run = folder.run(&["diff", "--base", "deployed"]);
    assert!(
        run.code == 2 && run.err.contains("share no history"),
        "{}",
        run.err
    );
}

#[test]
fn a_revision_alone_is_its_output() {
    let folder = committed();
    assert_eq!(folder.run(&["diff", "git:HEAD"]).told(), (0, "".into()));
    folder.git(&["tag", "deployed/prod"]);
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&["diff", "git:deployed/prod"]);
    assert!(
        run.code == 1 && run.out.contains("acme/shop:1.0 → acme/shop:1.1"),
        "{}",
        run.out
    );
}

#[test]
fn a_header_chooses_no_directory_of_templates() {
    let folder = committed();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: evil}\n";
    folder.write("evil/service.yaml", service);
    let out = std::fs::read_to_string(folder.path().join("out.yaml")).unwrap();
    let first = out.lines().next().unwrap();
    for flags in ["--templates evil", "--templates=evil"] {
        let header = format!("{first}\n# Rendered with: {flags}\n");
        folder.write("out.yaml", &out.replacen(&format!("{first}\n"), &header, 1));
        let run = folder.run(&["diff"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{flags}");
        assert!(
            run.err
                .contains("name their directory with --templates DIR"),
            "{}",
            run.err
        );
    }
    // The command line may, and says so where it tells how to mend it.
    folder.write("mine/README.md", "no template");
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    let run = folder.run(&["diff", "--templates", "mine"]);
    let line = "out.yaml is stale: run `kubefunctl render --templates mine -o out.yaml`";
    assert!(run.code == 1 && run.out.starts_with(line), "{run:?}");
}

#[test]
fn bytes_come_first_for_a_rendered_directory_too() {
    let folder = Folder::new();
    folder.write("functions.yaml", APP);
    let run = folder.run(&["render", "-o", "deploy/"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(folder.run(&["diff"]).told(), (0, "".into()));
    let list = folder.path().join("deploy/kustomization.yaml");
    let list = std::fs::read_to_string(list).unwrap();
    let entry = list.lines().rfind(|line| line.starts_with("- ")).unwrap();
    let name = entry.trim_start_matches("- ");
    let object = std::fs::read_to_string(folder.path().join("deploy").join(name)).unwrap();
    folder.write(&format!("deploy/{name}"), &format!("{object}# by hand\n"));
    let run = folder.run(&["diff"]);
    let line = "deploy/ is stale: run `kubefunctl render -o deploy/` (no object differs, only";
    assert!(run.code == 1 && run.out.starts_with(line), "{run:?}");
    folder.write(&format!("deploy/{name}"), &object);
    assert_eq!(folder.run(&["diff"]).code, 0);
    // What the list no longer names is not applied.
    folder.write(
        "deploy/kustomization.yaml",
        &list.replace(&format!("{entry}\n"), ""),
    );
    let run = folder.run(&["diff"]);
    assert!(run.code == 1 && run.out.starts_with(line), "{run:?}");
}
