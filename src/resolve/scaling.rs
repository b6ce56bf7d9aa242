//! How many pods there are.

use crate::diag::codes::meaning::MIN_ABOVE_MAX;
use crate::diag::{Diagnostic, Report};
use crate::schema::Located;
use crate::schema::spec::{self, Toggle};

/// How many pods there are, and who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// Always so many.
    Fixed(u32),
    /// An autoscaler keeps CPU use at `cpu` percent of what is requested.
    Cpu {
        /// At least so many.
        min: u32,
        /// At most so many; above `min`.
        max: u32,
        /// Percent.
        cpu: u32,
    },
    /// Somebody else decides.
    Unmanaged,
}

impl Scaling {
    /// Whether there can be more than one pod.
    #[must_use]
    pub fn many(self) -> bool {
        !matches!(self, Self::Fixed(0 | 1))
    }

    /// Fills in what is not written; `floor` is the least number by default.
    pub(super) fn resolve(
        spec: Option<&Located<Toggle<spec::Scaling>>>,
        floor: u32,
        report: &mut Report,
    ) -> Self {
        let nothing = spec::Scaling::default();
        let written = match spec.map(|spec| &spec.value) {
            Some(Toggle::Off) => return Self::Unmanaged,
            Some(Toggle::On(written)) => written,
            None => &nothing,
        };
        let min = written.min.as_ref().map_or(floor, |min| min.value);
        // A floor above the usual ceiling lifts it: only what is written can contradict.
        let max = written.max.as_ref().map_or(10.max(min), |max| max.value);
        let min = if written.min.is_none() {
            min.min(max)
        } else {
            min
        };
        if let (Some(low), Some(high)) = (&written.min, &written.max)
            && min > max
        {
            report.push(
                Diagnostic::at(&MIN_ABOVE_MAX, low.span, "scaling.min is above scaling.max")
                    .label(format!("at least {min}"))
                    .related(high.span, format!("at most {max}")),
            );
        }
        if min == max {
            Self::Fixed(min)
        } else {
            Self::Cpu {
                min,
                max,
                cpu: written.cpu.unwrap_or(80),
            }
        }
    }
}
