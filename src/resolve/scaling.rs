//! How many pods there are.

use crate::diag::codes::meaning::MIN_ABOVE_MAX;
use crate::diag::codes::running::ZERO_PODS;
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
    /// KEDA keeps `depth` waiting messages a pod, and CPU use as well where `cpu` is there.
    Queue {
        /// At least so many; may be none.
        min: u32,
        /// At most so many; above `min`.
        max: u32,
        /// Messages.
        depth: u32,
        /// Percent.
        cpu: Option<u32>,
    },
    /// Somebody else decides.
    Unmanaged,
    /// One on each node.
    EachNode,
}

impl Scaling {
    /// Whether there can be more than one pod.
    #[must_use]
    pub fn many(self) -> bool {
        !matches!(self, Self::Fixed(0 | 1) | Self::EachNode)
    }

    /// Whether there may be none.
    #[must_use]
    pub fn may_be_none(self) -> bool {
        matches!(self, Self::Fixed(0) | Self::Queue { min: 0, .. })
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
        if let Some(zero) = written.min.as_ref().filter(|min| min.value == 0)
            && written.queue_depth.is_none()
        {
            report.push(
                Diagnostic::at(&ZERO_PODS, zero.span, "nothing would ever start a pod")
                    .help("add `queueDepth`, or switch the function off with `enabled: false`"),
            );
        }
        match written.queue_depth {
            _ if min == max => Self::Fixed(min),
            Some(depth) => Self::Queue {
                min,
                max,
                depth,
                cpu: written.cpu,
            },
            None => Self::Cpu {
                min,
                max,
                cpu: written.cpu.unwrap_or(80),
            },
        }
    }
}
