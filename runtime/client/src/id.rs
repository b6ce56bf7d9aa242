//! Random names that nobody can guess.

use std::cell::RefCell;

/// A UUID v4 in its usual form: what the id of an event is.
///
/// # Errors
/// When the system has no random numbers.
pub fn uuid() -> Result<String, getrandom::Error> {
    Ok(format_uuid(random()?))
}

fn format_uuid(mut bytes: [u8; 16]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = [b'-'; 36];
    let starts = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (byte, start) in bytes.into_iter().zip(starts) {
        text[start] = HEX[usize::from(byte >> 4)];
        text[start + 1] = HEX[usize::from(byte & 0xf)];
    }
    let text = std::str::from_utf8(&text).expect("digits and dashes are ASCII");
    text.to_owned()
}

/// 20 characters of base 32, 100 random bits.
///
/// # Errors
/// When the system has no random numbers.
pub(crate) fn base32() -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    Ok(random::<20>()?
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect())
}

/// A random number in 0..1, for jitter; without random numbers there is none.
pub(crate) fn fraction() -> f64 {
    match random() {
        Ok(bytes) => f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.0,
    }
}

/// So much is drawn from the system at once: a draw of its own costs each call a system call.
const DRAW: usize = 1_024;

/// Random bytes that were drawn and not handed out yet. What was handed out is wiped.
struct Drawn {
    bytes: [u8; DRAW],
    left: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const {
        RefCell::new(Drawn {
            bytes: [0; DRAW],
            left: 0,
        })
    };
}

/// Random bytes.
///
/// # Errors
/// When the system has no random numbers.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    const { assert!(N <= DRAW) };
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.left < N {
            getrandom::fill(&mut drawn.bytes)?;
            drawn.left = DRAW;
        }
        let mut bytes = [0; N];
        let taken = &mut drawn.bytes[drawn.left - N..drawn.left];
        bytes.copy_from_slice(taken);
        taken.fill(0);
        drawn.left -= N;
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_uuid_is_of_version_4_and_keeps_122_bits(bytes in any::<[u8; 16]>()) {
            let text = format_uuid(bytes);
            prop_assert_eq!(text.len(), 36);
            prop_assert_eq!(&text[14..15], "4");
            prop_assert!("89ab".contains(&text[19..20]));
            let hex = u128::from_str_radix(&text.replace('-', ""), 16).unwrap();
            let kept = !(0xf000_u128 << 64 | 0xc0_u128 << 56);
            prop_assert_eq!(hex & kept, u128::from_be_bytes(bytes) & kept);
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids = (0..10_000)
            .map(|_| uuid().unwrap())
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(ids.len(), 10_000);
        assert_ne!(base32().unwrap(), base32().unwrap());
    }
}
