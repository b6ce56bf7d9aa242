//! What runs, and with what.

use kubefuncs_testkit::{Nsqd, NsqdOptions, http, require_nsq, workspace_dir};

use crate::support::{Dev, FREE_PORTS, Project, example, one};

/// The README's first command, but for the ports.
#[test]
fn the_example_answers() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
    command.arg("example/functions.yaml").args(FREE_PORTS);
    command.current_dir(workspace_dir());
    let mut dev = Dev::start(command);
    dev.says("ready: topic `test`");
    assert_eq!(dev.get("/test/"), (200, "pong\n".to_owned()));
    assert_eq!(dev.get("/test/deeper?x=1").0, 200);
    dev.says("GET /test/deeper → topic test: 200 in ");
    assert_eq!(dev.get("/other/").0, 404);
    let metrics = dev.address("metrics http://");
    let metrics = http::get(metrics.as_str(), "/metrics").unwrap();
    assert_eq!(metrics.status, 200);
    dev.interrupt();
}

#[test]
fn a_function_gets_the_rendered_environment_made_local() {
    let project = Project::new(
        "app: shop
namespace: prod
image: acme/shop:1.0
functions:
- name: show
  topic: things
  channel: some
  timeout: 7s
  concurrency: 3
  command: [sh, -c]
  args: ['env | sort; echo \"$(GREETING) there\" >&2; exec sleep 1000']
  env:
    GREETING: hello $(NAME)
    NAME: you
    POD: {field: metadata.namespace}
    HERE: {secret: db, key: url}
    BYTES: {secret: db, key: bytes, optional: true}
    GONE: {secret: db, key: password}
    MAYBE: {secret: db, key: other, optional: true}
broker: {lookupd: 'nsq.example:4161', tls: {secret: nsq-tls}, auth: {secret: nsq, key: token}}
",
    );
    let mut command = project.command();
    command.env("HERE", "from around").env("NSQ_TLS", "true");
    let bytes: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe");
    command.env("BYTES", bytes);
    let mut dev = Dev::start(command);
    dev.says("show | hello you there");
    let nsqd = dev.address("broker: nsqd ");
    let lookupd = dev.address("nsqlookupd ");
    let (_, lookupd_port) = lookupd.split_once(':').unwrap();
    let (_, nsqd_port) = nsqd.split_once(':').unwrap();
    for line in [
        "TOPIC=things",
        "CHANNEL=some",
        "KUBEFUNCS_TIMEOUT=7s",
        "KUBEFUNCS_CONCURRENCY=3",
        "GREETING=hello you",
        "POD=prod",
        "HERE=from around",
        "NSQ_LOOKUPD_ADDR=127.0.0.1",
        &format!("NSQ_LOOKUPD_PORT={lookupd_port}"),
        &format!("NSQ_NSQD_PORT={nsqd_port}"),
        "HEALTHZ_ADDR=127.0.0.1:",
    ] {
        dev.says(&format!("show | {line}"));
    }
    let said = dev.process.stdout();
    for name in [
        "GONE",
        "MAYBE",
        "NSQ_TLS",
        "NSQ_TLS_CA",
        "NSQ_AUTH_SECRET_FILE",
        "nsq.example",
    ] {
        assert!(!said.contains(&format!("{name}=")), "{name}: {said}");
    }
    let said = dev.process.stderr();
    assert!(
        said.contains("$(GREETING) there"),
        "no value of a variable is shown: {said}"
    );
    dev.says("BYTES is set to what is no text (UTF-8)");
    dev.says("GONE is not set: in a cluster it comes from key `password` of Secret `db`");
    dev.interrupt();
}

#[test]
fn routes_are_those_of_the_file() {
    let example = example();
    let project = Project::new(&format!(
        "app: shop
image: acme/shop:1.0
gateway: {{routes: {{/by-route/: pong}}}}
functions:
- name: pong
  dev: {{command: ['{example}']}}
  http: [{{path: /by-function/, methods: [POST]}}]
"
    ));
    let mut dev = project.start();
    dev.says("ready: topic `pong`");
    assert_eq!(dev.get("/by-route/").0, 200);
    assert_eq!(dev.get("/by-function/").0, 405);
    assert_eq!(
        dev.get("/pong/").0,
        404,
        "the file has a gateway: no route is made up"
    );
    dev.interrupt();
}

#[test]
fn a_route_with_a_token_lets_in_who_shows_the_one_of_here() {
    let example = example();
    let project = Project::new(&format!(
        "app: shop
image: acme/shop:1.0
gateway: {{}}
functions:
- name: pong
  dev: {{command: ['{example}']}}
  http: [{{path: /safe/, auth: {{bearer: {{secret: tokens, key: shop}}}}}}]
"
    ));
    let mut dev = project.start();
    dev.says("ready: topic `pong`");
    dev.says("authorization: Bearer dev");
    assert_eq!(dev.get("/safe/").0, 401);
    let header = [("authorization", "Bearer dev")];
    let response = http::request(dev.gateway(), "GET", "/safe/", &header, b"").unwrap();
    assert_eq!(response.status, 200);
    dev.interrupt();
}

#[test]
fn another_nsqd_can_be_used_instead() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let project = Project::new(&one("pong", &[&example()]));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
    command.arg(project.path("functions.yaml"));
    command.args(["--listen", "127.0.0.1:0", "--nsqd", &nsqd.tcp().to_string()]);
    let mut dev = Dev::start(command);
    dev.says("ready: topic `pong`");
    assert_eq!(dev.get("/pong/"), (200, "pong\n".to_owned()));
    assert!(nsqd.stats("topic=pong").contains("\"topic_name\":\"pong\""));
    dev.interrupt();
}
