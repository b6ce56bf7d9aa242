//! What became of an event is told to whoever asked.

use kubefuncs::{
    CallErrorKind, CallOptions, Context, Failure, HttpRequest, HttpResponse, OutcomeKind,
};

use super::brokers::{Brokers, LIMIT, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_is_told_once_and_retries_stay_on() {
    let brokers = Brokers::start(2).await;
    let vars = [
        ("KUBEFUNCS_BACKOFF_MIN", "1ms"),
        ("KUBEFUNCS_BACKOFF_MAX", "2ms"),
        ("KUBEFUNCS_ATTEMPTS", "2"),
        ("KUBEFUNCS_DEAD_LETTER", "true"),
    ];
    let _function = brokers
        .function(&vars, |context: Context, request: HttpRequest| async move {
            assert!(!context.awaited());
            match request.path() {
                "/second" if context.attempt() == 1 => Err(Failure::retry("not yet")),
                "/reject" => Err(Failure::reject("never").with_code("bad")),
                "/never" => Err(Failure::retry("not yet")),
                _ => Ok(HttpResponse::text("done")),
            }
        })
        .await;
    let client = brokers.client(&[]).await;
    let options = || CallOptions::new().with_timeout(LIMIT);
    for (path, kind, attempt, dead) in [
        ("/", OutcomeKind::Done, 1, None),
        ("/", OutcomeKind::Done, 1, None),
        ("/second", OutcomeKind::Done, 2, None),
        ("/reject", OutcomeKind::Failed, 1, None),
        (
            "/never",
            OutcomeKind::DeadLettered,
            2,
            Some("test.default.dead"),
        ),
    ] {
        let request = HttpRequest::new("GET".parse().unwrap(), path);
        let mut submission = client.submit("test", request, options()).await.unwrap();
        let outcome = within("the outcome is told", submission.outcome())
            .await
            .unwrap();
        assert_eq!((outcome.kind, outcome.attempt), (kind, attempt), "{path}");
        assert_eq!(outcome.dead_letter.as_deref(), dead, "{path}");
        match kind {
            OutcomeKind::Done => {
                let reply = outcome.result.unwrap().into_http().unwrap();
                assert_eq!(reply.body, "done");
            }
            _ => {
                let error = outcome.result.unwrap_err();
                assert_eq!(error.kind(), CallErrorKind::Function);
                assert_eq!(
                    error.code(),
                    if path == "/reject" { "bad" } else { "failed" }
                );
            }
        }
    }
    assert_eq!(client.unmatched_replies(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_ends_the_wait() {
    let brokers = Brokers::start(1).await;
    let client = brokers.client(&[]).await;
    let mut submission = client
        .submit("nobody", (), CallOptions::new())
        .await
        .unwrap();
    assert_eq!(submission.id().len(), 36);
    let waiting = tokio::spawn(async move { submission.outcome().await.is_none() });
    client.close().await;
    assert!(within("the wait ends", waiting).await.unwrap());
    let error = client
        .submit("nobody", (), CallOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Closed);
}
