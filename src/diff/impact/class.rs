//! What a change does to a cluster, in one word.

use std::fmt;
use std::str::FromStr;

/// From harmless to grave; the order is that of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing: only written in another way.
    Noop,
    /// Labels and annotations that nothing runs by.
    Metadata,
    /// How many pods run.
    Scale,
    /// Something is set otherwise; nothing restarts for it.
    Config,
    /// Pods are replaced by new ones.
    Restart,
    /// Requests go elsewhere.
    Routing,
    /// Something may do more than before.
    Security,
    /// The API refuses the change: the object has to be deleted and made again.
    Replace,
    /// An object goes away.
    Delete,
    /// What is stored may be lost.
    DataLoss,
}

impl Class {
    /// All of them, from harmless to grave.
    pub const ALL: [Self; 10] = [
        Self::Noop,
        Self::Metadata,
        Self::Scale,
        Self::Config,
        Self::Restart,
        Self::Routing,
        Self::Security,
        Self::Replace,
        Self::Delete,
        Self::DataLoss,
    ];

    /// Its name on the command line and in all outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Metadata => "metadata",
            Self::Scale => "scale",
            Self::Config => "config",
            Self::Restart => "restart",
            Self::Routing => "routing",
            Self::Security => "security",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::DataLoss => "data-loss",
        }
    }

    /// What it means, in half a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Noop => "written otherwise, means the same",
            Self::Metadata => "labels, annotations or versions; nothing runs differently",
            Self::Scale => "another number of pods",
            Self::Config => "set otherwise or made new; no running pod restarts",
            Self::Restart => "pods are replaced by new ones",
            Self::Routing => "requests may go elsewhere",
            Self::Security => "something may do more, or be reached by more, than before",
            Self::Replace => "apply will be refused: delete and create again",
            Self::Delete => "objects are gone from the set; apply alone will not remove them",
            Self::DataLoss => "what is stored may be lost",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Class {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |class: &&Self| class.name() == text;
        Self::ALL.iter().find(named).copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|class| class.name()).collect();
            format!(
                "no class is called `{text}`; there are {}",
                names.join(", ")
            )
        })
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(u16);

impl Classes {
    /// With one more.
    #[must_use]
    pub fn with(self, class: Class) -> Self {
        Self(self.0 | 1 << class as u16)
    }

    /// Of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether both share one.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the class is one of them.
    #[must_use]
    pub fn has(self, class: Class) -> bool {
        self.meets(Self::default().with(class))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// From harmless to grave.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Class> {
        Class::ALL.into_iter().filter(move |class| self.has(*class))
    }

    /// The gravest; `Noop` where there is none.
    #[must_use]
    pub fn worst(self) -> Class {
        self.iter().next_back().unwrap_or(Class::Noop)
    }
}

impl FromIterator<Class> for Classes {
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> Self {
        classes.into_iter().fold(Self::default(), Self::with)
    }
}

/// A list of the command line: `delete,replace`, `security+` for that class or worse, `never`.
///
/// # Errors
/// A word that is none of these.
pub fn parse_classes(text: &str) -> Result<Classes, String> {
    if text == "never" {
        return Ok(Classes::default());
    }
    let mut classes = Classes::default();
    for word in text.split(',').map(str::trim) {
        match word.strip_suffix('+') {
            Some(least) => {
                let least: Class = least.parse()?;
                let worse = Class::ALL.into_iter().filter(|class| *class >= least);
                classes = classes.and(worse.collect());
            }
            None => classes = classes.with(word.parse()?),
        }
    }
    Ok(classes)
}
