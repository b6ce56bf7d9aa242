//! The checked-in types are those of the `.proto`. `KUBEFUNCS_ACCEPT=1` writes them anew.

use std::fs;
use std::path::Path;

#[test]
fn generated_types_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("src/generated.rs");
    let fresh = generate(&root.join("proto"));
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some_and(|value| value == "1") {
        fs::write(&target, &fresh).expect("src/generated.rs can be written");
        return;
    }
    let checked_in = fs::read_to_string(&target).unwrap_or_default();
    assert!(
        checked_in == fresh,
        "src/generated.rs is stale: run `KUBEFUNCS_ACCEPT=1 cargo test -p kubefuncs-messages --test generated`"
    );
}

fn generate(include: &Path) -> String {
    let files = protox::Compiler::new([include])
        .expect("the include path exists")
        .include_source_info(true)
        .include_imports(true)
        .open_file("kubefuncs.proto")
        .expect("the .proto compiles")
        .file_descriptor_set();
    let output = tempdir();
    prost_build::Config::new()
        .btree_map(["."])
        .bytes(["."])
        .extern_path(".google.protobuf.Any", "crate::Any")
        .enable_type_names()
        .type_name_domain(["."], "type.googleapis.com")
        .out_dir(&output)
        .compile_fds(files)
        .expect("prost generates");
    let text = fs::read_to_string(output.join("kubefuncs.rs")).expect("one file a package");
    fs::remove_dir_all(&output).expect("the temporary directory goes");
    text
}

fn tempdir() -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gen-{}", std::process::id()));
    fs::create_dir_all(&path).expect("cargo's temporary directory is writable");
    path
}
