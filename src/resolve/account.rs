//! The service account of a function's pods.

use std::collections::BTreeMap;

use super::{labels, names};
use crate::diag::codes::shape::BAD_SHAPE;
use crate::diag::{Diagnostic, Report};
use crate::schema::Located;
use crate::schema::spec::{self, TextOr};

/// The service account of a function's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Whether it is rendered.
    pub own: bool,
    /// Annotations of its own.
    pub annotations: BTreeMap<String, String>,
    /// Whether pods get its token.
    pub token: bool,
}

/// The account that is written, else one called `object` without a token.
pub(super) fn resolve(
    spec: Option<&Located<TextOr<spec::ServiceAccount>>>,
    object: &str,
    report: &mut Report,
) -> Account {
    let mut account = Account {
        name: object.to_owned(),
        own: true,
        annotations: BTreeMap::new(),
        token: false,
    };
    let Some(located) = spec else { return account };
    let settings = match &located.value {
        TextOr::Text(name) => {
            account.name.clone_from(name);
            account.own = false;
            names::subdomain("a service account", name, located.span, report);
            return account;
        }
        TextOr::Settings(settings) => settings,
    };
    account.token = settings.token.unwrap_or(false);
    account.annotations = labels::annotations(settings.annotations.as_ref(), report);
    if let Some(name) = &settings.name {
        account.name.clone_from(&name.0);
        account.own = false;
        names::subdomain("a service account", &name.0, name.span, report);
        if let Some((_, first)) = settings.annotations.iter().flatten().next() {
            report.push(
                Diagnostic::at(
                    &BAD_SHAPE,
                    first.span,
                    "an existing account is not annotated here",
                )
                .label("only an account that is rendered has annotations")
                .related(name.span, "it exists already")
                .help("leave `name` out, or annotate the account where it is made"),
            );
        }
    }
    account
}
