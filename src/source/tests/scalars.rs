//! What scalars mean, to a reader of YAML 1.2 and to one of 1.1.

use crate::source::{Resolved, Scalar, ScalarStyle, Yaml11};

fn plain(text: &str) -> Scalar {
    Scalar {
        text: text.to_owned(),
        style: ScalarStyle::Plain,
    }
}

#[test]
fn resolves_the_core_schema() {
    use Resolved::{Bool, Float, Int, Null, UInt};
    let cases = [
        ("", Null),
        ("~", Null),
        ("NULL", Null),
        ("true", Bool(true)),
        ("False", Bool(false)),
        ("0", Int(0)),
        ("-12", Int(-12)),
        ("+12", Int(12)),
        ("017", Int(17)),
        ("0o17", Int(15)),
        ("0x1F", Int(31)),
        ("9223372036854775807", Int(i64::MAX)),
        ("-9223372036854775808", Int(i64::MIN)),
        ("18446744073709551615", UInt(u64::MAX)),
        ("18446744073709551616", Float(18446744073709551616.0)),
        ("0xFFFFFFFFFFFFFFFFF", Float(295147905179352825855.0)),
        ("1.10", Float(1.1)),
        (".5", Float(0.5)),
        ("1.", Float(1.0)),
        ("-1e3", Float(-1000.0)),
        ("6.02E+23", Float(6.02e23)),
        ("1e999", Float(f64::INFINITY)),
        ("-.inf", Float(f64::NEG_INFINITY)),
    ];
    for (text, expected) in cases {
        assert_eq!(plain(text).resolve(), expected, "{text}");
    }
    assert!(matches!(plain(".NaN").resolve(), Float(value) if value.is_nan()));
}

#[test]
fn leaves_everything_else_a_string() {
    let cases = [
        "yes",
        "No",
        "on",
        "y",
        "nULL",
        "tRUE",
        "1_000",
        "12:30",
        "2024-01-01",
        "0b11",
        "-0x1F",
        "0o8",
        "0x",
        "0xG",
        "+",
        "-",
        ".",
        "-.",
        "1e",
        "1e+",
        "e3",
        ".e3",
        "+.nan",
        "inf",
        "NaN",
        "1.2.3",
        "1,000",
        "0 1",
        "²",
        "٣",
        "1\u{a0}",
    ];
    for text in cases {
        assert_eq!(plain(text).resolve(), Resolved::Str(text));
    }
    for style in [ScalarStyle::Quoted, ScalarStyle::Block] {
        let text = "true".to_owned();
        let scalar = Scalar { text, style };
        assert_eq!(scalar.resolve(), Resolved::Str("true"));
        assert_eq!(scalar.yaml11(), Yaml11::Str);
    }
}

#[test]
fn knows_what_yaml_1_1_sees_instead() {
    use Yaml11::{Bool, Float, Int, Special, Timestamp};
    let cases = [
        ("no", Bool(false)),
        ("Off", Bool(false)),
        ("N", Bool(false)),
        ("y", Bool(true)),
        ("ON", Bool(true)),
        ("0755", Int(493)),
        ("-017", Int(-15)),
        ("1_000", Int(1000)),
        ("0b1010", Int(10)),
        ("0x_1F", Int(31)),
        ("+_782", Int(782)),
        ("0_x1F", Int(31)),
        ("0X1F", Int(31)),
        ("12:30", Int(750)),
        ("190:20:30", Int(685_230)),
        ("-1:30", Int(-90)),
        ("1_0.5", Float(10.5)),
        ("1:30.5", Float(90.5)),
        ("2024-01-31", Timestamp),
        ("2024-1-3T1:02:03.5+1", Timestamp),
        ("2024-01-31 01:02:03 Z", Timestamp),
        ("2001-12-14t21:59:43.10-05:00", Timestamp),
        ("=", Special),
    ];
    for (text, expected) in cases {
        assert_eq!(plain(text).yaml11_differs(), Some(expected), "{text}");
    }
}

#[test]
fn finds_no_difference_where_there_is_none() {
    let cases = [
        "",
        "null",
        "true",
        "12",
        "0",
        "0x1F",
        "0o17",
        "1.5",
        ".5",
        "-.inf",
        "1e3",
        "text",
        "nope",
        "08",
        "12:60",
        "12:3x",
        "1.2.3",
        "2024-01",
        "2024-01-31T",
        "2024-1-3",
        "12:",
        ":12",
        "-",
        "_1",
        "+_",
        "-",
        "1:2:3:",
        "10.0.0.1",
        "100m",
        "64Mi",
        "99999999999999999999",
    ];
    for text in cases {
        assert_eq!(plain(text).yaml11_differs(), None, "{text}");
    }
}

#[test]
fn tells_the_text_that_would_arrive_elsewhere() {
    let cases = [
        ("1.10", Some("1.1")),
        ("0755", Some("493")),
        ("no", Some("false")),
        ("08", Some("8")),
        ("~", Some("null")),
        ("True", Some("true")),
        ("1e3", Some("1000")),
        ("8080", None),
        ("true", None),
        ("1.5", None),
        ("info", None),
    ];
    for (text, expected) in cases {
        assert_eq!(plain(text).text_elsewhere().as_deref(), expected, "{text}");
    }
}
