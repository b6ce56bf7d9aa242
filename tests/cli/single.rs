//! `render -o FILE`.

use std::fs;

use super::run::{GOOD, folder_with, kubefunctl};

fn many(count: usize) -> String {
    let functions = (0..count).map(|index| format!("- name: f{index}\n"));
    format!(
        "app: shop\nimage: acme/shop:1.0\nfunctions:\n{}",
        functions.collect::<String>()
    )
}

#[test]
fn the_file_is_what_standard_output_would_be() {
    let folder = folder_with("functions.yaml", GOOD.as_bytes());
    let stream = kubefunctl(folder.path(), &["render"]).out;
    let run = kubefunctl(folder.path(), &["render", "-o", "out.yaml"]);
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (Some(0), "", "")
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("out.yaml")).unwrap(),
        stream
    );
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "-"]).out,
        stream
    );
    let json = kubefunctl(
        folder.path(),
        &["render", "--format", "json", "-o", "out.json"],
    );
    assert_eq!(json.code, Some(0));
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "nothing is left behind: {names:?}");
}

#[test]
fn wrong_input_and_same_bytes_leave_it_alone() {
    let folder = folder_with("functions.yaml", GOOD.as_bytes());
    let out = folder.path().join("out.yaml");
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "out.yaml"]).code,
        Some(0)
    );
    let old = fs::File::options().write(true).open(&out).unwrap();
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    old.set_modified(past).unwrap();
    let modified = || fs::metadata(&out).unwrap().modified().unwrap();
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "out.yaml"]).code,
        Some(0)
    );
    assert_eq!(modified(), past);
    fs::write(folder.path().join("functions.yaml"), "app: [\n").unwrap();
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "out.yaml"]).code,
        Some(1)
    );
    assert_eq!(modified(), past);
}

#[test]
fn what_it_did_not_write_it_does_not_replace() {
    let folder = folder_with("functions.yaml", GOOD.as_bytes());
    fs::write(folder.path().join("mine.yaml"), "a: b\n").unwrap();
    for name in ["functions.yaml", "mine.yaml"] {
        let before = fs::read(folder.path().join(name)).unwrap();
        let run = kubefunctl(folder.path(), &["render", "-o", name, "--allow-removals"]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.err.contains("was not written by kubefunctl"),
            "{}",
            run.err
        );
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), before);
    }
    let run = kubefunctl(folder.path(), &["render", "-o", "no/such/out.yaml"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("cannot write no/such/out.yaml"),
        "{}",
        run.err
    );
}

#[test]
fn dropping_much_has_to_be_meant() {
    for (name, format) in [("out.yaml", "yaml"), ("out.json", "json")] {
        let folder = folder_with("functions.yaml", many(10).as_bytes());
        let args = ["render", "--format", format, "-o", name];
        assert_eq!(kubefunctl(folder.path(), &args).code, Some(0));
        fs::write(folder.path().join("functions.yaml"), many(9)).unwrap();
        assert_eq!(kubefunctl(folder.path(), &args).code, Some(0));
        fs::write(folder.path().join("functions.yaml"), many(2)).unwrap();
        let before = fs::read(folder.path().join(name)).unwrap();
        let run = kubefunctl(folder.path(), &args);
        assert_eq!(run.code, Some(2));
        assert!(
            run.err.contains("more than a fifth") && run.err.contains("--allow-removals"),
            "{}",
            run.err
        );
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), before);
        let mut allowed = args.to_vec();
        allowed.push("--allow-removals");
        assert_eq!(kubefunctl(folder.path(), &allowed).code, Some(0));
        assert_ne!(fs::read(folder.path().join(name)).unwrap(), before);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_mode_a_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder_with("functions.yaml", GOOD.as_bytes());
    fs::create_dir(folder.path().join("real")).unwrap();
    fs::write(folder.path().join("real/out.yaml"), "").unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.path().join("real/out.yaml"), mode).unwrap();
    symlink("real/out.yaml", folder.path().join("out.yaml")).unwrap();
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "out.yaml"]).code,
        Some(0)
    );
    assert!(
        fs::symlink_metadata(folder.path().join("out.yaml"))
            .unwrap()
            .is_symlink()
    );
    let real = fs::metadata(folder.path().join("real/out.yaml")).unwrap();
    assert!(real.len() > 100 && real.permissions().mode() & 0o777 == 0o600);
    assert_eq!(
        kubefunctl(folder.path(), &["render", "-o", "/dev/null"]).code,
        Some(0)
    );
}
