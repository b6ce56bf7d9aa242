//! A real browser calls functions from a page of another origin.
//!
//! Ignored, because it needs a browser. With Debian's Chromium and Node:
//!
//! ```sh
//! apt-get install chromium nodejs npm
//! npm install --prefix /tmp/browser playwright-core
//! NODE_PATH=/tmp/browser/node_modules CHROMIUM=/usr/bin/chromium \
//!   cargo test -p kubefuncs-gateway --test browser -- --ignored
//! ```

use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, Port, Process, binary, http};

const LIMIT: Duration = Duration::from_secs(60);

/// Opens a page of the origin named first and fetches from the gateway named second; prints what
/// the page got to see, a line for each.
const SCRIPT: &str = r#"
const { chromium } = require('playwright-core');
const http = require('http');
(async () => {
  const [gateway, origin] = process.argv.slice(2);
  const server = http.createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<title>shop</title>');
  }).listen(new URL(origin).port, '127.0.0.1');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.goto(origin);
  const fetched = (path, options) => page.evaluate(async ([url, options]) => {
    try {
      const answer = await fetch(url, options);
      const id = answer.headers.get('x-request-id');
      return `${answer.status} ${(await answer.text()).trim().slice(0, 4)} ${id ? 'id' : 'no id'}`;
    } catch (error) { return 'refused'; }
  }, [gateway + path, options]);
  const json = { method: 'PUT', headers: { 'content-type': 'application/json', 'x-trace': '1' }, body: '{}' };
  console.log('simple', await fetched('/allowed/', {}));
  console.log('preflighted', await fetched('/allowed/', json));
  console.log('not a method of the route', await fetched('/allowed/', { ...json, method: 'DELETE' }));
  console.log('a header that is not listed', await fetched('/allowed/', { headers: { 'x-other': '1' } }));
  console.log('with credentials', await fetched('/allowed/', { credentials: 'include' }));
  console.log('token', await fetched('/guarded/', { headers: { authorization: 'Bearer secret' } }));
  console.log('wrong token', await fetched('/guarded/', { headers: { authorization: 'Bearer other' } }));
  console.log('any origin', await fetched('/any/', json));
  console.log('another origin only', await fetched('/other/', {}));
  console.log('no word of origins', await fetched('/none/', {}));
  await browser.close();
  server.close();
})().catch(error => { console.error(error); process.exit(1); });
"#;

const EXPECTED: &str = "\
simple 200 pong id
preflighted 200 pong id
not a method of the route refused
a header that is not listed refused
with credentials 200 pong id
token 200 pong id
wrong token 401 {\"co id
any origin 200 pong id
another origin only refused
no word of origins refused
";

#[test]
#[ignore = "needs a browser: see the top of the file"]
fn a_page_sees_what_the_routes_allow() {
    let lookupd = Nsqlookupd::start();
    let _nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let (main, admin, health, shop) = (
        Port::reserve(),
        Port::reserve(),
        Port::reserve(),
        Port::reserve(),
    );
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let token = write("token", "secret\n");
    let origin = format!("http://{shop}");
    let routes = write(
        "routes.yaml",
        &format!(
            "
routes:
  /allowed/: {{topic: test, methods: [GET, PUT], cors: {{origins: [\"{origin}\"], headers: [X-Trace], credentials: true}}}}
  /guarded/: {{topic: test, cors: {{origins: [\"{origin}\"]}}, auth: {{bearer: {{file: {}}}}}}}
  /any/: {{topic: test, cors: {{origins: [\"*\"], headers: [X-Trace]}}}}
  /other/: {{topic: test, cors: {{origins: [\"https://other.example\"]}}}}
  /none/: test
",
            token.display()
        ),
    );
    let start = |name: &str, mut command: Command, probe: &Port| {
        command.env("KUBEFUNCS_LOOKUPD", lookupd.http().to_string());
        let mut process = Process::start(name, command);
        process.wait_ready(LIMIT, "it is ready", || {
            http::is_ok(probe.addr(), "/readyz")
        });
        process
    };
    let mut function = Command::new(binary("kubefuncs-example", "kubefuncs-example"));
    function
        .env("TOPIC", "test")
        .env("HEALTHZ_ADDR", health.to_string());
    let _function = start("function", function, &health);
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_kubefuncs-gateway"));
    gateway.arg("--config").arg(&routes);
    gateway.args(["--listen", &main.to_string(), "--admin", &admin.to_string()]);
    let _gateway = start("gateway", gateway, &admin);

    let script = write("page.js", SCRIPT);
    let mut browser = Command::new("node");
    browser
        .arg(script)
        .arg(format!("http://{main}"))
        .arg(&origin);
    let mut browser = Process::start("browser", browser);
    assert!(browser.wait(LIMIT).success(), "{}", browser.last_words());
    assert_eq!(browser.stdout(), EXPECTED);
}
