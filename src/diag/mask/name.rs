//! Names that say that their value is nobody's business.

/// Words that make a name secret wherever they stand in it.
const ANYWHERE: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
];

/// Words that do so as a word of their own.
const WORDS: [&str; 4] = ["pwd", "pass", "pw", "dsn"];

/// Kinds of keys that are secret: `API_KEY`, `signingKey`.
const KEYS: [&str; 8] = [
    "api",
    "private",
    "access",
    "signing",
    "encryption",
    "auth",
    "master",
    "account",
];

/// Whether values under this name are masked, as those of `DB_PASSWORD`, `authToken` and
/// `API_KEY` are.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    let pairs = words.windows(2);
    ANYWHERE.iter().any(|secret| joined.contains(secret))
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
        || pairs
            .into_iter()
            .any(|pair| pair[1] == "key" && KEYS.contains(&pair[0].as_str()))
}

/// The words of a name in any of the usual spellings, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}
