//! `KF02…`: the document is well formed, but cannot mean what it says.

use crate::diag::{Code, Severity};

/// Neither `app` nor `--release`.
pub static NO_APP: Code = Code {
    id: "KF0201",
    severity: Severity::Error,
    title: "the application has no name",
    explanation: "Every object's name begins with the application's, so that two applications \
                  can share a namespace. Write `app: NAME` in the file, or give --release NAME.",
    wrong: "image: acme/shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A function with no image from anywhere.
pub static NO_IMAGE: Code = Code {
    id: "KF0202",
    severity: Severity::Error,
    title: "a function has no image",
    explanation: "A function runs the image of its own `image`, else that of `defaults`, else the \
                  application's, which --image replaces.",
    wrong: "app: shop\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// An image reference that no registry would take.
pub static BAD_IMAGE: Code = Code {
    id: "KF0203",
    severity: Severity::Error,
    title: "an image reference is not valid",
    explanation: "A reference is `[host[:port]/]path[:tag][@sha256:digest]`, the path in lower \
                  case. In the long form the tag and the digest have keys of their own.",
    wrong: "app: shop\nimage: Acme/Shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A name that Kubernetes or NSQ would refuse.
pub static BAD_NAME: Code = Code {
    id: "KF0204",
    severity: Severity::Error,
    title: "a name is not valid",
    explanation: "Names of applications, functions and namespaces become names of Kubernetes \
                  objects: lower-case letters, digits and dashes, a letter first, no dash last. \
                  `<app>-<name>` has 46 characters at most, so that pods keep it whole.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: Check_Out\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: check-out\n",
};

/// Two functions of one name.
pub static SAME_NAME: Code = Code {
    id: "KF0205",
    severity: Severity::Error,
    title: "two functions have one name",
    explanation: "Their objects would have the same names, and the second would replace the \
                  first.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n- name: a\n  topic: b\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n- name: b\n",
};

/// Two functions on the same topic and channel.
pub static SAME_CHANNEL: Code = Code {
    id: "KF0206",
    severity: Severity::Error,
    title: "two functions consume one topic and channel",
    explanation: "NSQ gives each message of a channel to one consumer, so each function would \
                  see only some of them. Give one of the two a `channel` of its own (both then \
                  see every message), or a `topic` of its own.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n- name: b\n  topic: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n- name: b\n  topic: a\n  \
            channel: b\n  replies: false\n",
};

/// A route to a topic that nobody consumes.
pub static ROUTE_TO_NOBODY: Code = Code {
    id: "KF0207",
    severity: Severity::Error,
    title: "a route leads to a topic that no function consumes",
    explanation: "Every request on it would wait for its whole timeout. If the consumer lives in \
                  another file, give that file along, or mark the route `external: true`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: test\ngateway:\n  routes: {/test/: tset}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: test\ngateway:\n  routes: {/test/: test}\n",
};

/// A path prefix that no request could have.
pub static BAD_ROUTE: Code = Code {
    id: "KF0208",
    severity: Severity::Error,
    title: "a route's path is not valid",
    explanation: "A path begins with a slash and is written as requests have it: no `..`, no \
                  empty segment, no query.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: test\ngateway:\n  routes: {test: test}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: test\ngateway:\n  routes: {/test/: test}\n",
};

/// A file that describes nothing.
pub static NOTHING_TO_RENDER: Code = Code {
    id: "KF0209",
    severity: Severity::Warning,
    title: "the file describes no object",
    explanation: "A file needs `functions`, a `gateway` or an `nsq` section to render anything.",
    wrong: "app: shop\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// `scaling.min` above `scaling.max`.
pub static MIN_ABOVE_MAX: Code = Code {
    id: "KF0210",
    severity: Severity::Error,
    title: "scaling.min is above scaling.max",
    explanation: "An autoscaler needs a range. With both equal the number of pods is fixed.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 3, max: 2}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 2, max: 3}\n",
};

/// A duration outside of what the runtime can keep.
pub static BAD_TIMEOUT: Code = Code {
    id: "KF0211",
    severity: Severity::Error,
    title: "a timeout is out of range",
    explanation: "A timeout is 100ms at least and 14m at most: nsqd takes a message back from its \
                  consumer after fifteen minutes, whatever the consumer says.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 20m\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 10m\n",
};

/// A file that wants another version of the compiler.
pub static OTHER_VERSION: Code = Code {
    id: "KF0212",
    severity: Severity::Error,
    title: "the file is pinned to another version of kubefunctl",
    explanation: "`kubefunctl: \"X.Y\"` pins a minor version, so that a laptop and the build \
                  render the same bytes. Use that version, or change the pin and render again.",
    wrong: "kubefunctl: \"0.0\"\napp: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// `latest`, or no tag at all.
pub static FLOATING_TAG: Code = Code {
    id: "KF0251",
    severity: Severity::Warning,
    title: "an image has no fixed version",
    explanation: "`latest`, or no tag, means whatever is newest when a pod starts: pods of one \
                  function may run different code, a new build changes nothing in the manifests \
                  and so rolls nothing out, and there is nothing to roll back to.",
    wrong: "app: shop\nimage: acme/shop:latest\nfunctions:\n- name: a\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
};

/// A value in `env` that YAML 1.1 readers take for something else.
pub static AMBIGUOUS_SCALAR: Code = Code {
    id: "KF0252",
    severity: Severity::Warning,
    title: "an unquoted value means different things to different YAML readers",
    explanation: "The text is taken as it is written. Other tools would read `no` as false, \
                  `0755` as 493 and `1.10` as 1.1: quotes make it mean the same to all.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: {DEBUG: no}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env: {DEBUG: 'no'}\n",
};

/// A spelling of the original project.
pub static OLD_SPELLING: Code = Code {
    id: "KF0271",
    severity: Severity::Note,
    title: "an older spelling is read",
    explanation: "The original's spelling keeps working. The new one says the same and is what \
                  the documentation uses.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  replicas: 2\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 2}\n",
};

/// The family.
pub static ALL: &[&Code] = &[
    &NO_APP,
    &NO_IMAGE,
    &BAD_IMAGE,
    &BAD_NAME,
    &SAME_NAME,
    &SAME_CHANNEL,
    &ROUTE_TO_NOBODY,
    &BAD_ROUTE,
    &NOTHING_TO_RENDER,
    &MIN_ABOVE_MAX,
    &BAD_TIMEOUT,
    &OTHER_VERSION,
    &FLOATING_TAG,
    &AMBIGUOUS_SCALAR,
    &OLD_SPELLING,
];
