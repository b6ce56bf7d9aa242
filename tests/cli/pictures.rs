//! `graph`.

use super::run::{folder_with, kubefunctl};

const INPUT: &str = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  deadLetter: true\n\
    - name: b\n  topic: a\n  channel: other\n  replies: false\ngateway:\n  routes: {/a/: a}\n";

#[test]
fn each_form_shows_how_messages_go() {
    let folder = folder_with("functions.yaml", INPUT.as_bytes());
    for (format, says) in [
        (
            "mermaid",
            &[
                "flowchart LR",
                "\"/a/\"",
                "\"shop-a\"",
                "\"shop-b\"",
                "a.default.dead",
            ][..],
        ),
        (
            "dot",
            &["digraph", "\"/a/\"", "\"shop-a\"", "label=\"other\""],
        ),
        ("svg", &["<svg ", ">/a/<", ">shop-a<", "</svg>"]),
    ] {
        let run = kubefunctl(folder.path(), &["graph", "--format", format]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(run.err, "");
        for words in says {
            assert!(run.out.contains(words), "{format}: {}", run.out);
        }
        assert_eq!(
            run.out,
            kubefunctl(folder.path(), &["graph", "--format", format]).out
        );
    }
    let wrong = folder_with("functions.yaml", b"app: [\n");
    let run = kubefunctl(wrong.path(), &["graph"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
}
