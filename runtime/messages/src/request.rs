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
        if !self.method.is_empty() {
            return &self.method;
        }
        let named = self
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(METHOD_HEADER));
        match named {
            Some((_, method)) if !method.is_empty() => method,
            _ if self.body.is_empty() => "GET",
            _ => "POST",
        }
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
