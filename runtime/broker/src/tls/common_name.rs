//! The common name in a certificate, which an auth server is told of.
//!
//! DER is a tree of tag, length and content. Only the way to the subject is known here (RFC 5280,
//! 4.1): a certificate begins with its body; in that the subject follows version, serial number,
//! signature algorithm, issuer and validity.

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
/// The version, which the first one leaves out.
const VERSION: u8 = 0xa0;
/// UTF8String, PrintableString and IA5String.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];
/// 2.5.4.3
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// The subject's common name, the last one if there are several; empty where there is none.
pub(super) fn common_name(certificate: &[u8]) -> String {
    find(certificate).unwrap_or_default()
}

fn find(certificate: &[u8]) -> Option<String> {
    let mut certificate = Der(Der(certificate).expect(SEQUENCE)?);
    let mut body = Der(certificate.expect(SEQUENCE)?);
    if body.0.first() == Some(&VERSION) {
        body.next()?;
    }
    for _serial_signature_issuer_validity in 0..4 {
        body.next()?;
    }
    let mut subject = Der(body.expect(SEQUENCE)?);
    let mut found = None;
    while let Some((SET, names)) = subject.next() {
        let mut names = Der(names);
        while let Some((SEQUENCE, name)) = names.next() {
            let mut name = Der(name);
            let is_common = name.expect(OBJECT_ID) == Some(&COMMON_NAME);
            if let (true, Some((tag, text))) = (is_common, name.next())
                && TEXTS.contains(&tag)
            {
                found = Some(String::from_utf8_lossy(text).into_owned());
            }
        }
    }
    found
}

/// What is left of a sequence of values.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length > 0x7f {
            // So many bytes of length follow; four are far more than a handshake can carry.
            let bytes = rest.get(..length - 0x80).filter(|bytes| bytes.len() <= 4)?;
            rest = &rest[bytes.len()..];
            length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
        }
        let content = rest.get(..length)?;
        self.0 = &rest[length..];
        Some((*tag, content))
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content) = self.next()?;
        (found == tag).then_some(content)
    }
}

#[cfg(test)]
mod tests {
    use kubefuncs_testkit::Ca;
    use proptest::prelude::*;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    fn certificate(names: &[&str]) -> Vec<u8> {
        let pair = Ca::new().issue(names);
        CertificateDer::from_pem_file(pair.cert_file())
            .unwrap()
            .to_vec()
    }

    #[test]
    fn the_subject_is_found_not_the_issuer() {
        let long = "n".repeat(200);
        for name in ["client", "a.b", &long] {
            assert_eq!(common_name(&certificate(&[name, "other"])), name);
        }
    }

    #[test]
    fn a_certificate_that_is_cut_short_has_no_name_or_the_right_one() {
        let whole = certificate(&["client"]);
        for length in 0..whole.len() {
            assert_eq!(common_name(&whole[..length]), "", "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_makes_it_panic(bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
            common_name(&bytes);
            let mut changed = certificate(&["client"]);
            let at = at.index(changed.len());
            changed[at] = byte;
            common_name(&changed);
        }
    }
}
