//! Which route a request takes: a table of cases, then laws that hold for any table.

use proptest::prelude::*;

use super::*;

fn to(topic: &str) -> Route {
    Route::to(Topic::new(topic).unwrap())
}

/// A topic for each prefix, the same with and without its trailing slash.
fn named(prefix: &str) -> String {
    format!("t{}", prefix.trim_end_matches('/').replace('/', "."))
}

fn table(routes: &[(&str, Route)]) -> RouteTable {
    let mut table = RouteTable::default();
    for (prefix, route) in routes {
        table.add(prefix, route.clone()).unwrap();
    }
    table
}

fn topic<'a>(table: &'a RouteTable, method: &Method, host: &str, path: &str) -> Option<&'a str> {
    match table.find(method, host, path.as_bytes()) {
        Match::Route(route) => Some(route.topic.as_str()),
        _ => None,
    }
}

#[test]
fn prefixes_end_where_a_segment_ends() {
    let routes = table(&[("/test/", to("test")), ("/test/deep", to("deep"))]);
    for (path, expected) in [
        ("/test/", Some("test")),
        ("/test", Some("test")),
        ("/test/hello", Some("test")),
        ("/test/deep", Some("deep")),
        ("/test/deep/", Some("deep")),
        ("/test/deep/er", Some("deep")),
        ("/test/deeper", Some("test")),
        ("/testing", None),
        ("/tes", None),
        ("/", None),
    ] {
        assert_eq!(topic(&routes, &Method::GET, "", path), expected, "{path}");
    }
}

#[test]
fn the_root_takes_what_is_left() {
    let routes = table(&[("/", to("site")), ("/api/", to("api"))]);
    assert_eq!(topic(&routes, &Method::GET, "", "/"), Some("site"));
    assert_eq!(topic(&routes, &Method::GET, "", "/apis/x"), Some("site"));
    assert_eq!(topic(&routes, &Method::GET, "", "/api"), Some("api"));
}

#[test]
fn encoded_prefixes_are_compared_decoded() {
    let routes = table(&[("/caf%C3%A9/", to("cafe"))]);
    assert_eq!(topic(&routes, &Method::GET, "", "/café/menu"), Some("cafe"));
}

#[test]
fn a_host_goes_before_any_host_and_a_longer_prefix_before_both() {
    let shop = Route {
        host: Some("shop.example".into()),
        ..to("shop")
    };
    let routes = table(&[("/a/", to("any")), ("/a/", shop), ("/a/b/", to("deep"))]);
    assert_eq!(
        topic(&routes, &Method::GET, "shop.example", "/a/x"),
        Some("shop")
    );
    assert_eq!(
        topic(&routes, &Method::GET, "SHOP.Example", "/a/x"),
        Some("shop")
    );
    assert_eq!(
        topic(&routes, &Method::GET, "other.example", "/a/x"),
        Some("any")
    );
    assert_eq!(
        topic(&routes, &Method::GET, "shop.example", "/a/b/x"),
        Some("deep")
    );
}

#[test]
fn a_prefix_of_another_host_is_as_if_it_were_not_there() {
    let shop = Route {
        host: Some("shop.example".into()),
        ..to("shop")
    };
    let routes = table(&[("/", to("site")), ("/a/", shop)]);
    assert_eq!(
        topic(&routes, &Method::GET, "other.example", "/a/x"),
        Some("site")
    );
}

#[test]
fn methods_choose_between_routes_and_name_what_is_allowed() {
    let only = |method, topic| Route {
        methods: Some(vec![method]),
        ..to(topic)
    };
    let routes = table(&[
        ("/", to("site")),
        ("/a/", only(Method::POST, "write")),
        ("/a/", only(Method::GET, "read")),
    ]);
    assert_eq!(topic(&routes, &Method::GET, "", "/a/x"), Some("read"));
    assert_eq!(topic(&routes, &Method::POST, "", "/a/x"), Some("write"));
    // The route owns what is below it: the root does not take what it refuses.
    let Match::MethodNotAllowed(found) = routes.find(&Method::PUT, "", b"/a/x") else {
        panic!("PUT is refused");
    };
    assert_eq!(RouteTable::allowed(found, ""), "GET, POST");
}

#[test]
fn what_allow_names_is_for_this_host_only() {
    let get = Route {
        methods: Some(vec![Method::GET]),
        ..to("any")
    };
    let del = Route {
        host: Some("admin.example".into()),
        methods: Some(vec![Method::DELETE]),
        ..to("admin")
    };
    let routes = table(&[("/a/", get), ("/a/", del)]);
    let Match::MethodNotAllowed(found) = routes.find(&Method::PUT, "x.example", b"/a") else {
        panic!("PUT is refused");
    };
    assert_eq!(RouteTable::allowed(found, "x.example"), "GET");
    assert_eq!(RouteTable::allowed(found, "admin.example"), "DELETE, GET");
    assert_eq!(
        topic(&routes, &Method::GET, "admin.example", "/a"),
        Some("any")
    );
}

#[test]
fn routes_that_could_both_match_are_refused() {
    let mut routes = table(&[("/test/", to("one"))]);
    assert_eq!(
        routes.add("/test", to("two")),
        Err(RouteFault::Conflict("/test".into()))
    );
    assert_eq!(
        routes.add("/%74est", to("two")),
        Err(RouteFault::Conflict("/%74est".into()))
    );
    let get = Route {
        methods: Some(vec![Method::GET]),
        ..to("two")
    };
    assert!(matches!(
        routes.add("/test/", get),
        Err(RouteFault::Conflict(_))
    ));
    let host = Route {
        host: Some("a.example".into()),
        ..to("two")
    };
    assert_eq!(routes.add("/test/", host), Ok(()));
    assert_eq!(routes.len(), 2);
}

#[test]
fn prefixes_that_could_never_match_are_refused() {
    for prefix in [
        "test", "", "/a//b", "/a/../b", "/a?b=c", "/a#b", "/a b", "/a%2fb",
    ] {
        assert!(
            RouteTable::default().add(prefix, to("x")).is_err(),
            "{prefix}"
        );
    }
}

#[test]
fn a_very_long_path_is_not_searched_beyond_the_longest_prefix() {
    let routes = table(&[("/a/", to("a"))]);
    let path = "/a".repeat(500_000);
    assert_eq!(topic(&routes, &Method::GET, "", &path), Some("a"));
}

fn prefix() -> impl Strategy<Value = String> {
    "(/[ab]{1,2}){0,4}/?".prop_map(|text| {
        if text.is_empty() {
            "/".to_owned()
        } else {
            text
        }
    })
}

/// Whether `prefix` takes `path`, straight from the definition.
fn takes(prefix: &str, path: &str) -> bool {
    let stem = prefix.trim_end_matches('/');
    path == stem || path.starts_with(&format!("{stem}/"))
}

proptest! {
    #[test]
    fn find_never_panics(path in any::<Vec<u8>>(), host in any::<String>()) {
        let routes = table(&[("/", to("site")), ("/a/b", to("b"))]);
        let _ = routes.find(&Method::GET, &host, &path);
    }

    #[test]
    fn the_match_is_the_longest(
        prefixes in prop::collection::vec(prefix(), 0..8),
        path in "(/[ab]{1,2}){1,5}/?",
    ) {
        let mut routes = RouteTable::default();
        for prefix in &prefixes {
            // A prefix drawn twice is a conflict; the first one stays.
            let _ = routes.add(prefix, to(&named(prefix)));
        }
        let longest = prefixes
            .iter()
            .filter(|prefix| takes(prefix, &path))
            .max_by_key(|prefix| prefix.trim_end_matches('/').len())
            .map(|prefix| named(prefix));
        prop_assert_eq!(topic(&routes, &Method::GET, "", &path), longest.as_deref());
    }

    #[test]
    fn an_unrelated_route_changes_no_match(
        prefixes in prop::collection::vec(prefix(), 0..8),
        other in prefix(),
        path in "(/[ab]{1,2}){1,5}/?",
    ) {
        prop_assume!(!takes(&other, &path));
        let mut before = RouteTable::default();
        for prefix in &prefixes {
            let _ = before.add(prefix, to(&named(prefix)));
        }
        let mut after = before.clone();
        let _ = after.add(&other, to("other"));
        prop_assert_eq!(
            topic(&before, &Method::GET, "", &path),
            topic(&after, &Method::GET, "", &path)
        );
    }

    #[test]
    fn the_order_of_routes_does_not_matter(
        prefixes in prop::collection::btree_set("(/[ab]{1,2}){1,3}", 0..8),
        path in "(/[ab]{1,2}){1,5}/?",
    ) {
        let (mut forth, mut back) = (RouteTable::default(), RouteTable::default());
        for prefix in &prefixes {
            forth.add(prefix, to(&named(prefix))).unwrap();
        }
        for prefix in prefixes.iter().rev() {
            back.add(prefix, to(&named(prefix))).unwrap();
        }
        prop_assert_eq!(
            topic(&forth, &Method::GET, "", &path),
            topic(&back, &Method::GET, "", &path)
        );
    }
}
