//! A function that takes every message and never answers: something to kill.

use kubefuncs::{Context, Error, Failure, Raw};

#[tokio::main]
async fn main() -> Result<(), Error> {
    kubefuncs::run(|_: Context, _: Raw| std::future::pending::<Result<Raw, Failure>>()).await
}
