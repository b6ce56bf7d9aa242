//! The method of a request, which the original message had no field for.

use crate::headers::combined;
use crate::{Header, HttpRequest};

/// The entry of the header map that tells old readers the method. It is never a header of the
/// caller's: readers take it out.
pub const METHOD_HEADER: &str = "x-kubefuncs-method";

impl HttpRequest {
    /// Writes the method into its field and, for old readers, into the header map.
    pub fn set_method(&mut self, method: &str) {
        self.method = method.to_owned();
        self.write_method_entry();
    }

    /// The method: the field, else the entry of the header map. A sender that wrote neither, as
    /// the original gateway, leaves one to guess: GET without a body, POST with one.
    pub fn method_or_guess(&self) -> &str {
        let entries = self.headers.iter();
        let entries = entries.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let method = method_or_guess(self.method.as_bytes(), entries, self.body.is_empty());
        // It was text, and is.
        std::str::from_utf8(method).unwrap_or_default()
    }

    /// Takes the headers out, whichever form the sender used, without the method's entry.
    pub fn take_headers(&mut self) -> Vec<Header> {
        let mut headers = combined(
            std::mem::take(&mut self.header),
            std::mem::take(&mut self.headers),
        );
        headers.retain(|header| header.name != METHOD_HEADER);
        headers
    }

    pub(crate) fn write_method_entry(&mut self) {
        if !self.method.is_empty() {
            self.headers
                .insert(METHOD_HEADER.to_owned(), self.method.clone());
        }
    }
}

/// The method of a request with this field and these entries of the header map.
pub(crate) fn method_or_guess<'a>(
    field: &'a [u8],
    mut entries: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    bodiless: bool,
) -> &'a [u8] {
    if !field.is_empty() {
        return field;
    }
    let named = entries.find(|(name, _)| name.eq_ignore_ascii_case(METHOD_HEADER.as_bytes()));
    match named {
        Some((_, method)) if !method.is_empty() => method,
        _ if bodiless => b"GET",
        _ => b"POST",
    }
}
