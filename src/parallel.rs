//! Work on many items over the processors there are. The results are those of one processor, in
//! the same order, so nothing that is made depends on how many there were.

use std::num::NonZero;
use std::thread;

/// Fewer items than this a thread are done sooner than the thread is made.
const WORTH: usize = 32;

/// `work` of each item, in order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(WORTH);
    if items.len() <= share {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let shares: Vec<_> = items
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(work).collect::<Vec<_>>()))
            .collect();
        let done = shares.into_iter().map(|share| match share.join() {
            Ok(done) => done,
            // A panic is a fault of ours wherever it happens; it goes on as if there were no thread.
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_kept_however_many_there_are() {
        for count in [0, 1, 31, 32, 33, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|n| n * 2).collect();
            assert_eq!(super::map(&items, |n| n * 2), doubled);
        }
    }
}
