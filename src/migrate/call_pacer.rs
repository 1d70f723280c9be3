//! The pace of calls: their rates, their repetition after passing errors, and an early end.
//!
//! Each family of calls has a token bucket below its published rate, because that rate holds for
//! the whole account and other programs use it, too. Throttling halves the rate, success raises it
//! again step by step. Waits have full jitter, so that several importers do not retry at the same
//! moments.

use std::future::Future;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::client_error::{ClientError, ErrorKind};
use super::token_bucket::TokenBucket;
use crate::cancel::Cancellation;

/// A family of calls that share a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFamily {
    /// CreateSecret.
    Create,
    /// TagResource.
    Tag,
    /// ListSecrets.
    List,
    /// DescribeSecret and GetSecretValue.
    Read,
}

/// Rates, waits and attempts. The published rates are those of the Secrets Manager quotas
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>).
#[derive(Clone, Debug)]
pub struct CallPace {
    /// CreateSecret calls a second (published: 50).
    pub create: f64,
    /// TagResource calls a second (published: 50).
    pub tag: f64,
    /// ListSecrets calls a second (published: 100).
    pub list: f64,
    /// DescribeSecret and GetSecretValue calls a second (published: 10,000 and more).
    pub read: f64,
    /// Entries that are worked on at once, each with one call in flight.
    pub in_flight: usize,
    /// Attempts of one call, including the first.
    pub attempts: u32,
    /// Upper bound of the wait before the second attempt. It doubles with each further attempt.
    pub first_wait: Duration,
    /// Upper bound of every wait.
    pub longest_wait: Duration,
}

impl Default for CallPace {
    fn default() -> Self {
        Self {
            create: 20.0,
            tag: 20.0,
            list: 20.0,
            read: 500.0,
            in_flight: 8,
            attempts: 8,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// Delays calls to the rates of a [`CallPace`], and repeats calls that failed in a passing way.
#[derive(Debug)]
pub struct CallPacer<'a> {
    pace: CallPace,
    cancel: &'a Cancellation,
    buckets: [Mutex<TokenBucket>; 4],
    jitter: Mutex<fastrand::Rng>,
}

impl<'a> CallPacer<'a> {
    /// A pacer whose buckets are full. A request of `cancel` ends every wait.
    pub fn new(pace: &CallPace, cancel: &'a Cancellation) -> Self {
        let now = Instant::now();
        let buckets = [pace.create, pace.tag, pace.list, pace.read]
            .map(|rate| Mutex::new(TokenBucket::new(rate, now)));
        Self {
            pace: pace.clone(),
            cancel,
            buckets,
            jitter: Mutex::new(fastrand::Rng::new()),
        }
    }

    /// Number of entries to work on at once; at least 1.
    pub fn in_flight(&self) -> usize {
        self.pace.in_flight.max(1)
    }

    /// Waits until the rate allows one call of the family, or until the cancellation.
    pub async fn turn(&self, family: CallFamily) {
        let wait = self.bucket(family).take(Instant::now());
        self.sleep(wait).await;
    }

    /// Makes a call when the rate allows it. Repeats it while its error is transient or `also`
    /// accepts the kind of the error.
    ///
    /// # Errors
    ///
    /// The error of the last attempt. A cancellation ends the waiting between attempts, not the
    /// attempt that is in flight.
    pub async fn call<T, F>(
        &self,
        family: CallFamily,
        also: impl Fn(ErrorKind) -> bool,
        call: impl FnMut() -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        self.turn(family).await;
        self.call_now(family, also, call).await
    }

    /// As [`CallPacer::call`], for a caller that has awaited [`CallPacer::turn`] itself.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub async fn call_now<T, F>(
        &self,
        family: CallFamily,
        also: impl Fn(ErrorKind) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match call().await {
                Ok(answer) => {
                    self.bucket(family).succeeded(Instant::now());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if error.kind == ErrorKind::Throttled {
                self.bucket(family).throttled(Instant::now());
            }
            let again = error.kind.is_transient() || also(error.kind);
            if !again || attempts >= self.pace.attempts || self.cancel.is_requested() {
                return Err(error);
            }
            let wait = self.backoff(attempts);
            self.sleep(wait).await;
            self.turn(family).await;
            if self.cancel.is_requested() {
                return Err(error);
            }
        }
    }

    /// Waits, but no longer than until the cancellation.
    async fn sleep(&self, duration: Duration) {
        if duration.is_zero() || self.cancel.is_requested() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.cancel.requested() => {}
        }
    }

    /// The wait after a number of failed attempts, with full jitter: evenly distributed between
    /// zero and the bound that doubles with each attempt.
    fn backoff(&self, attempts: u32) -> Duration {
        let longest = self
            .pace
            .first_wait
            .saturating_mul(1 << (attempts - 1).min(16))
            .min(self.pace.longest_wait);
        longest.mul_f64(lock(&self.jitter).f64())
    }

    fn bucket(&self, family: CallFamily) -> MutexGuard<'_, TokenBucket> {
        lock(&self.buckets[family as usize])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::client_error::Call;

    #[test]
    fn waits_are_bounded_and_spread() {
        let cancel = Cancellation::new();
        let pacer = CallPacer::new(&CallPace::default(), &cancel);
        for attempts in 1..40 {
            assert!(pacer.backoff(attempts) <= CallPace::default().longest_wait);
        }
        assert!(pacer.backoff(1) <= CallPace::default().first_wait);
        *lock(&pacer.jitter) = fastrand::Rng::with_seed(7);
        let waits = (0..1000).map(|_| pacer.backoff(1).as_secs_f64());
        let mean = waits.sum::<f64>() / 1000.0 / CallPace::default().first_wait.as_secs_f64();
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }

    fn pace() -> CallPace {
        CallPace {
            first_wait: Duration::from_micros(1),
            create: 1e6,
            ..CallPace::default()
        }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn passing_failures_are_repeated_and_lasting_ones_are_not() {
        let cancel = Cancellation::new();
        let pacer = CallPacer::new(&pace(), &cancel);
        let count = |kind: ErrorKind, also: fn(ErrorKind) -> bool| {
            let tries = std::cell::Cell::new(0);
            let _ = run(pacer.call(CallFamily::Create, also, || {
                tries.set(tries.get() + 1);
                async move { Err::<(), _>(ClientError::new(Call::Create, kind, None, "")) }
            }));
            tries.get()
        };
        assert_eq!(count(ErrorKind::Throttled, |_| false), 8);
        assert_eq!(count(ErrorKind::Ambiguous, |_| false), 8);
        assert_eq!(count(ErrorKind::AccessDenied, |_| false), 1);
        assert_eq!(count(ErrorKind::NotFound, |_| false), 1);
        assert_eq!(
            count(ErrorKind::NotFound, |kind| kind == ErrorKind::NotFound),
            8
        );
    }

    #[test]
    fn a_cancellation_ends_the_waiting() {
        let cancel = Cancellation::new();
        let slow = CallPace {
            first_wait: Duration::from_secs(3600),
            longest_wait: Duration::from_secs(3600),
            ..pace()
        };
        let pacer = CallPacer::new(&slow, &cancel);
        let tries = std::cell::Cell::new(0);
        let failed = run(pacer.call(
            CallFamily::Create,
            |_| false,
            || {
                tries.set(tries.get() + 1);
                cancel.request();
                async {
                    Err::<(), _>(ClientError::new(
                        Call::Create,
                        ErrorKind::Throttled,
                        None,
                        "",
                    ))
                }
            },
        ));
        assert!(failed.is_err());
        assert_eq!(tries.get(), 1);
    }
}
