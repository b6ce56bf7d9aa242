//! The recipes of `docs/gitops.md` for what applies the output, and its table of layouts.

use kubefunctl::manifest::parse;

use super::layouts::APP;
use super::recipes::{block, page, read, sh, stand_in};
use super::support::Folder;

/// Two environments of the application.
fn environments() -> String {
    format!("{APP}environments:\n  staging: {{namespace: staging}}\n  prod: {{namespace: prod}}\n")
}

/// A repository with these files and what the command makes of them, and a clone of it.
fn cloned(files: &[(&str, &str)], command: &str) -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "--quiet"]);
    folder.write(".gitignore", "/clone\n/bin\n/calls\n");
    for (name, text) in files {
        folder.write(name, text);
    }
    assert_eq!(sh(&folder, ".", command), 0, "{command}");
    folder.commit("first");
    let url = format!("file://{}", folder.path().display());
    folder.git(&["clone", "--quiet", &url, "clone"]);
    folder
}

#[test]
fn argo_cd_sees_manifests_alone() {
    let application = parse(&block("argocd/prod.yaml")).unwrap();
    let source = &application["spec"]["source"];
    let file = source["directory"]["include"].as_str().unwrap();
    let render = format!("kubefunctl render --env prod -o {file}");
    let folder = cloned(&[("functions.yaml", &environments())], &render);
    assert_eq!(source["path"], ".");
    assert_eq!(sh(&folder, "clone", "kubefunctl diff"), 0);
    // The other way: what lists the files of a directory is there.
    assert_eq!(
        sh(&folder, "clone", "kubefunctl render --env prod -o deploy/"),
        0
    );
    let list = parse(&read(&folder, "clone/deploy/kustomization.yaml")).unwrap();
    for name in list["resources"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(
            !read(&folder, &format!("clone/deploy/{name}")).is_empty(),
            "{name}"
        );
    }
}

#[test]
fn flux_gets_a_directory_for_each_environment_and_nothing_else() {
    let app = environments();
    let files = [
        ("functions.yaml", app.as_str()),
        (".sourceignore", &block(".sourceignore")),
        ("README.md", "words"),
        ("src/deep/values.yaml", "a: 1"),
    ];
    let folder = cloned(&files, &block("render for flux"));
    let flux = block("flux/prod.yaml");
    let kustomization = parse(flux.split("---\n").nth(1).unwrap()).unwrap();
    let path = kustomization["spec"]["path"].as_str().unwrap();
    assert!(!read(&folder, &format!("clone/{path}/kustomization.yaml")).is_empty());
    // Its patterns are those of git.
    let ignored = "--exclude-from=.sourceignore";
    let left = folder.git(&["ls-files", "--cached", "--ignored", ignored]);
    let left: Vec<_> = left.lines().collect();
    let known = [
        ".gitignore",
        ".sourceignore",
        "README.md",
        "functions.yaml",
        "src/deep/values.yaml",
    ];
    assert_eq!(left, known);
    let review = block("review for flux");
    assert_eq!(sh(&folder, "clone", &review), 0);
    folder.write("clone/functions.yaml", &app.replace("1.0", "1.1"));
    assert_eq!(sh(&folder, "clone", &review), 1);
    assert_eq!(sh(&folder, "clone", &block("render for flux")), 0);
    let codes = review
        .lines()
        .skip(1)
        .map(|line| sh(&folder, "clone", line));
    assert_eq!(codes.collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_tag_remembers_what_was_applied_by_hand() {
    let render = "kubefunctl render --env prod -o out.prod.yaml";
    let app = environments();
    let folder = cloned(&[("functions.yaml", &app)], render);
    stand_in(&folder, "kubectl", "");
    sh(&folder, ".", "git tag deployed/prod");
    sh(&folder, "clone", "git fetch --quiet --tags");
    folder.write("clone/functions.yaml", &app.replace("1.0", "1.1"));
    let commit = "git -c user.name=t -c user.email=t@example.com commit --quiet --all --message x";
    assert_eq!(sh(&folder, "clone", &format!("{render} && {commit}")), 0);
    let deploy = block("deploy by hand");
    assert_eq!(sh(&folder, "clone", &deploy), 0);
    assert_eq!(read(&folder, "calls"), "apply --filename=out.prod.yaml\n");
    let head = "test \"$(git rev-parse HEAD)\" = \
                \"$(git ls-remote origin refs/tags/deployed/prod | cut -f 1)\"";
    assert_eq!(sh(&folder, "clone", head), 0);
    // What deletes is not applied.
    folder.write(
        "clone/functions.yaml",
        &app.replace("name: cart", "name: other"),
    );
    let remove = "kubefunctl render --env prod --allow-removals -o out.prod.yaml";
    assert_eq!(sh(&folder, "clone", &format!("{remove} && {commit}")), 0);
    assert_eq!(sh(&folder, "clone", &deploy), 1);
    assert_eq!(read(&folder, "calls").lines().count(), 1);
}

#[test]
fn the_image_of_staging_is_promoted_by_its_digest() {
    let image = |digit: &str| format!("acme/shop@sha256:{}", digit.repeat(64));
    let render = format!(
        "kubefunctl render --env staging --image {} -o out.staging.yaml\n\
         kubefunctl render --env prod --image {} -o out.prod.yaml",
        image("b"),
        image("a")
    );
    let folder = cloned(&[("functions.yaml", &environments())], &render);
    let promote = block("promote");
    assert_eq!(sh(&folder, "clone", &promote), 0);
    let prod = read(&folder, "clone/out.prod.yaml");
    assert!(
        prod.contains(&image("b")) && !prod.contains(&image("a")),
        "{prod}"
    );
    assert_eq!(
        sh(&folder, "clone", "kubefunctl diff"),
        0,
        "the header keeps it"
    );
    // A tag in its place is refused.
    let tag = "kubefunctl render --env prod --image acme/shop:2.0 -o out.prod.yaml";
    assert_eq!(sh(&folder, "clone", tag), 0);
    assert_eq!(sh(&folder, "clone", promote.lines().last().unwrap()), 1);
}

/// A layout of the table: how its row begins, its inputs, and how its output is made.
type Layout<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn the_commands_of_each_layout_answer() {
    let environments = environments();
    let edge = "app: edge\ngateway: {}\n";
    let served = format!("{APP}  http: [{{path: /cart/}}]\n");
    let one = [("functions.yaml", APP)];
    let layouts: [Layout; 7] = [
        ("committed stream", &one, "kubefunctl render -o out.yaml"),
        ("directory", &one, "kubefunctl render -o deploy/"),
        (
            "several environments",
            &[("functions.yaml", &environments)],
            "kubefunctl render --env staging -o out.staging.yaml\n\
             kubefunctl render --env prod -o out.prod.yaml",
        ),
        (
            "several applications",
            &[("shop.yaml", &served), ("edge.yaml", edge)],
            "kubefunctl render -f shop.yaml -f edge.yaml -o out.yaml",
        ),
        ("input only", &one, "true"),
        (
            "output in another folder",
            &one,
            "mkdir -p env && kubefunctl render -o env/prod.yaml",
        ),
        (
            "output in another branch",
            &one,
            "kubefunctl render -o prod.yaml",
        ),
    ];
    let page = page();
    let rows = page
        .split("## Layouts")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let rows: Vec<_> = rows
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert_eq!(rows.len(), layouts.len(), "{rows:?}");
    for ((name, files, render), row) in layouts.into_iter().zip(rows) {
        assert!(row.starts_with(&format!("| {name}")), "{row}");
        let cells: Vec<_> = row.trim_matches('|').split(" | ").skip(1).collect();
        let command = |cell: &str| cell.split('`').nth(1).map(str::to_owned);
        let (stale, review) = (command(cells[0]), command(cells[1]).unwrap());
        let folder = cloned(files, render);
        let of_branch = name.ends_with("branch");
        if of_branch {
            let made = "git switch --quiet --orphan deployed && kubefunctl render ../functions.yaml -o prod.yaml";
            let push = "git add prod.yaml && git -c user.name=t -c user.email=t@example.com commit \
                        --quiet --message x && git push --quiet origin deployed";
            assert_eq!(sh(&folder, "clone", made), 0);
            assert_eq!(sh(&folder, "clone", push), 0);
            assert_eq!(
                sh(
                    &folder,
                    "clone",
                    "git switch --quiet main && git rm --quiet prod.yaml"
                ),
                0
            );
        }
        let is_stale = || stale.as_ref().map(|stale| sh(&folder, "clone", stale));
        assert!(is_stale().is_none_or(|code| code == 0), "{row}");
        assert_eq!(sh(&folder, "clone", &review), 0, "{row}");
        let (input, text) = files[0];
        folder.write(&format!("clone/{input}"), &text.replace("1.0", "1.1"));
        assert!(is_stale().is_none_or(|code| code == 1), "{row}");
        assert_eq!(sh(&folder, "clone", render), 0, "{row}");
        assert!(
            of_branch || is_stale().is_none_or(|code| code == 0),
            "{row}"
        );
        assert_eq!(sh(&folder, "clone", &review), 1, "{row}");
    }
}
