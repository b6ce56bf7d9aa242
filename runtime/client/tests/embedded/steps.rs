//! Where handlers run: their first step where the message came, the rest on the program's executor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kubefuncs::{CallOptions, Context, Function, HttpRequest, HttpResponse, Method};

use super::brokers::{Brokers, LIMIT, eventually, within};

fn get(path: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, path)
}

fn thread() -> Option<String> {
    std::thread::current().name().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_end_in_its_first_step_goes_on_where_handlers_run() {
    let brokers = Brokers::start(1).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let seen = Arc::clone(&seen);
        move |_: Context, _: HttpRequest| {
            let seen = Arc::clone(&seen);
            async move {
                let first = thread();
                let spawned = tokio::spawn(async { thread() });
                tokio::task::yield_now().await;
                *seen.lock().unwrap() = vec![first, thread(), spawned.await?];
                Ok(HttpResponse::text("done"))
            }
        }
    };
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    let options = CallOptions::new().with_timeout(LIMIT);
    client.call("test", get("/"), options).await.unwrap();
    let ours = Some("kubefuncs-io".to_owned());
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], ours);
    assert!(seen[1] != ours && seen[2] != ours, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_first_steps_are_never_the_end_they_are_not_taken() {
    let brokers = Brokers::start(1).await;
    let first = Arc::new(Mutex::new(None));
    let handler = {
        let first = Arc::clone(&first);
        move |_: Context, _: HttpRequest| {
            let first = Arc::clone(&first);
            async move {
                *first.lock().unwrap() = thread();
                tokio::task::yield_now().await;
                Ok(HttpResponse::text("done"))
            }
        }
    };
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    let mut elsewhere = 0;
    for _ in 0..500 {
        let options = CallOptions::new().with_timeout(LIMIT);
        client.call("test", get("/"), options).await.unwrap();
        let ours = Some("kubefuncs-io".to_owned());
        elsewhere += u32::from(*first.lock().unwrap() != ours);
    }
    // But for some at the start, and some each second to see whether that has changed.
    assert!(elsewhere > 100, "{elsewhere}");
}

/// One handler blocks in its first step, which is as many as are taken at once, and a second where
/// handlers run; what comes then is handled all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_that_block_keep_no_other_message_waiting() {
    let brokers = Brokers::start(1).await;
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, released) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(Mutex::new(released)),
    );
    let handler = {
        let begun = Arc::clone(&begun);
        move |_: Context, request: HttpRequest| {
            let (begun, released) = (Arc::clone(&begun), Arc::clone(&released));
            async move {
                if request.path() == "/block" {
                    begun.fetch_add(1, Ordering::SeqCst);
                    let _ = released.lock().unwrap().recv();
                }
                Ok(HttpResponse::text("done"))
            }
        }
    };
    let program = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = brokers.config(&[("KUBEFUNCS_TIMEOUT", "60s")]);
    let started = program.spawn(Function::start(config, handler));
    let function = started.await.unwrap().unwrap();
    within("the function is ready", function.ready()).await;
    let client = brokers.client(&[]).await;
    let call = |path: &'static str| {
        let (client, options) = (client.clone(), CallOptions::new().with_timeout(LIMIT));
        tokio::spawn(async move { client.call("test", get(path), options).await })
    };
    let blocked = ["/block"; 2].map(call);
    eventually("they block", || begun.load(Ordering::SeqCst) == 2).await;
    for _ in 0..8 {
        within("another is answered", call("/"))
            .await
            .unwrap()
            .unwrap();
    }
    drop(release);
    for call in blocked {
        within("they go on", call).await.unwrap().unwrap();
    }
    drop(function);
    program.shutdown_background();
}
