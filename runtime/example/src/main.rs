//! The example function: answers `pong` to every HTTP request.

use kubefuncs::{Context, HttpRequest, HttpResponse};

#[tokio::main]
async fn main() -> Result<(), kubefuncs::Error> {
    kubefuncs::run(|_: Context, _: HttpRequest| async { Ok(HttpResponse::text("pong\n")) }).await
}
