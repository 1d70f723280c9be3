//! One async task for each item, a bounded number of them at once.

use std::cell::{Cell, RefCell};

use futures_util::StreamExt;
use futures_util::stream;

use crate::cancel::Cancellation;
use crate::progress::Progress;

/// How the task of one item ended.
pub(super) enum TaskEnd<T, E> {
    /// The item has its result; the other items go on.
    Done(T),
    /// An error that every further item would meet, too: no new one is begun. The item may have a
    /// result all the same.
    Fatal(Option<T>, E),
}

impl<T, E> From<Result<T, E>> for TaskEnd<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(result) => TaskEnd::Done(result),
            Err(error) => TaskEnd::Fatal(None, error),
        }
    }
}

/// The results of all tasks.
pub(super) struct TaskResults<T, E> {
    /// One for each item, in the order of the items; `None` if its task was not begun or has no
    /// result.
    pub results: Vec<Option<T>>,
    /// The first fatal error in time: later ones may only follow from it.
    pub fatal: Option<E>,
}

/// Runs `task` for every item, at most `limit` at once, on the task that awaits this.
///
/// Items are begun in their order. After a cancellation or a fatal error no item is begun; the
/// tasks that run then are finished. Each finished task is one step of progress.
pub(super) async fn run_bounded<I, T, E, F>(
    items: Vec<I>,
    limit: usize,
    cancel: &Cancellation,
    progress: &dyn Progress,
    task: impl Fn(I) -> F,
) -> TaskResults<T, E>
where
    F: Future<Output = TaskEnd<T, E>>,
{
    let results: RefCell<Vec<Option<T>>> = RefCell::new(items.iter().map(|_| None).collect());
    let fatal = RefCell::new(None);
    let stopped = Cell::new(false);
    let begun = items
        .into_iter()
        .enumerate()
        .take_while(|_| !stopped.get() && !cancel.is_requested());
    stream::iter(begun)
        .for_each_concurrent(limit, |(index, item)| {
            let task = task(item);
            let (results, fatal, stopped) = (&results, &fatal, &stopped);
            async move {
                let result = match task.await {
                    TaskEnd::Done(result) => Some(result),
                    TaskEnd::Fatal(result, error) => {
                        stopped.set(true);
                        fatal.borrow_mut().get_or_insert(error);
                        result
                    }
                };
                results.borrow_mut()[index] = result;
                progress.advance(1);
            }
        })
        .await;
    TaskResults {
        results: results.into_inner(),
        fatal: fatal.into_inner(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::NoProgress;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(future)
    }

    /// Runs 20 items, 4 at once; `end` says how the task of an item ends.
    fn run_twenty(
        cancel: &Cancellation,
        end: impl Fn(u32) -> TaskEnd<u32, u32>,
    ) -> TaskResults<u32, u32> {
        let running = Cell::new(0);
        let results = run(run_bounded(
            (0..20).collect(),
            4,
            cancel,
            &NoProgress,
            |n: u32| {
                let (running, end) = (&running, &end);
                async move {
                    running.set(running.get() + 1);
                    assert!(running.get() <= 4);
                    // Later items of a batch end first.
                    for _ in 0..4 - n % 4 {
                        tokio::task::yield_now().await;
                    }
                    running.set(running.get() - 1);
                    end(n)
                }
            },
        ));
        assert_eq!(results.results.len(), 20);
        results
    }

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let run = run_twenty(&Cancellation::new(), TaskEnd::Done);
        assert_eq!(run.results, (0..20).map(Some).collect::<Vec<_>>());
        assert_eq!(run.fatal, None);
    }

    #[test]
    fn a_fatal_error_finishes_the_running_tasks_and_begins_no_new_one() {
        let run = run_twenty(&Cancellation::new(), |n| match n {
            // 3 ends first of the four that are begun first.
            3 => TaskEnd::Fatal(Some(33), n),
            2 => TaskEnd::Fatal(None, n),
            n => TaskEnd::Done(n),
        });
        assert_eq!(run.fatal, Some(3));
        assert_eq!(run.results[..5], [Some(0), Some(1), None, Some(33), None]);
        assert!(run.results[4..].iter().all(Option::is_none));
    }

    #[test]
    fn a_cancellation_begins_no_new_task() {
        let cancel = Cancellation::new();
        let run = run_twenty(&cancel, |n| {
            cancel.request();
            TaskEnd::Done(n)
        });
        assert!(run.results[..4].iter().all(Option::is_some));
        assert!(run.results[4..].iter().all(Option::is_none));
        let none = run_twenty(&cancel, TaskEnd::Done);
        assert!(none.results.iter().all(Option::is_none) && none.fatal.is_none());
    }
}
