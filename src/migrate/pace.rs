//! How fast calls go out, when a failed one is repeated, and how the work is stopped.
//!
//! Each family of calls has a token bucket below its published rate (a rate holds for the whole account, and others use
//! it too). Throttling halves the rate, success raises it again step by step. Waits have full jitter, so that several
//! importers do not march in step.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::client::{ClientError, ErrorKind};
use crate::cancel::Cancellation;

/// Calls that share a published rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Create,
    Tag,
    List,
    /// Describe and GetValue.
    Read,
}

/// Rates, waits and how many tries.
#[derive(Clone, Debug)]
pub struct Pace {
    /// CreateSecret calls a second (published: 50).
    pub create: f64,
    /// TagResource calls a second (published: 50).
    pub tag: f64,
    /// ListSecrets calls a second (published: 100).
    pub list: f64,
    /// DescribeSecret and GetSecretValue calls a second (published: 10,000 and more).
    pub read: f64,
    /// Calls in flight at once.
    pub in_flight: usize,
    /// Tries of one call, the first included.
    pub tries: u32,
    /// The first wait is at most this long, each later one twice as long.
    pub first_wait: Duration,
    pub longest_wait: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            create: 20.0,
            tag: 20.0,
            list: 20.0,
            read: 500.0,
            in_flight: 8,
            tries: 8,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// Holds calls back to the rates of a [`Pace`], and repeats those that may succeed later.
#[derive(Debug)]
pub struct Pacer<'a> {
    pace: Pace,
    cancel: &'a Cancellation,
    buckets: [Mutex<Bucket>; 4],
    jitter: Mutex<Jitter>,
}

impl<'a> Pacer<'a> {
    pub fn new(pace: &Pace, cancel: &'a Cancellation) -> Self {
        let now = Instant::now();
        let buckets = [pace.create, pace.tag, pace.list, pace.read]
            .map(|rate| Mutex::new(Bucket::new(rate, now)));
        Self {
            pace: pace.clone(),
            cancel,
            buckets,
            jitter: Mutex::new(Jitter::seeded()),
        }
    }

    pub fn in_flight(&self) -> usize {
        self.pace.in_flight.max(1)
    }

    /// Waits for a turn, or for the cancellation.
    pub async fn turn(&self, family: Family) {
        let wait = self.bucket(family).take(Instant::now());
        self.sleep(wait).await;
    }

    /// Makes a call, and makes it again while it fails in a way that may pass, or in one that `also` names.
    ///
    /// A cancellation ends the waiting, not the call: what is returned is then the last error.
    pub async fn call<T, F>(
        &self,
        family: Family,
        also: impl Fn(ErrorKind) -> bool,
        call: impl FnMut() -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        self.turn(family).await;
        self.call_now(family, also, call).await
    }

    /// As [`Pacer::call`], for a caller that has waited for its turn already.
    pub async fn call_now<T, F>(
        &self,
        family: Family,
        also: impl Fn(ErrorKind) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
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
            if !again || tries >= self.pace.tries || self.cancel.is_requested() {
                return Err(error);
            }
            let wait = self.backoff(tries);
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

    /// Full jitter: anything from nothing to the doubled wait.
    fn backoff(&self, tries: u32) -> Duration {
        let longest = self
            .pace
            .first_wait
            .saturating_mul(1 << (tries - 1).min(16))
            .min(self.pace.longest_wait);
        longest.mul_f64(lock(&self.jitter).fraction())
    }

    fn bucket(&self, family: Family) -> MutexGuard<'_, Bucket> {
        lock(&self.buckets[family as usize])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A token bucket that lends: `take` says how long its caller must wait for the token that it took.
#[derive(Debug)]
struct Bucket {
    /// Tokens a second, now.
    rate: f64,
    /// Tokens a second, at best.
    full_rate: f64,
    /// Negative: tokens lent.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// Slower than this it never goes.
    const FLOOR: f64 = 0.5;

    fn new(rate: f64, now: Instant) -> Self {
        let rate = rate.max(Self::FLOOR);
        Self {
            rate,
            full_rate: rate,
            tokens: 1.0,
            at: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        // A burst of a tenth of a second, so that an idle moment does not become a peak.
        let most = (self.rate / 10.0).max(1.0);
        self.tokens = (self.tokens + elapsed * self.rate).min(most);
        self.at = now;
    }

    fn take(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-self.tokens / self.rate)
        }
    }

    fn throttled(&mut self, now: Instant) {
        self.refill(now);
        self.rate = (self.rate / 2.0).max(Self::FLOOR);
    }

    fn succeeded(&mut self, now: Instant) {
        self.refill(now);
        self.rate = (self.rate + self.full_rate / 50.0).min(self.full_rate);
    }
}

/// SplitMix64: jitter needs no more.
#[derive(Debug)]
struct Jitter(u64);

impl Jitter {
    fn seeded() -> Self {
        let mut seed = [0; 8];
        // Without a random source the waits are still bounded: only their spread suffers.
        let _ = getrandom::fill(&mut seed);
        Self(u64::from_le_bytes(seed))
    }

    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Runs the futures side by side on the task that awaits this, until all are done.
pub(super) async fn join_all<F: Future<Output = ()>>(futures: impl IntoIterator<Item = F>) {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::client::Call;

    #[test]
    fn a_bucket_keeps_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(20.0, start);
        // 101 tokens asked for at once are 5 seconds of waiting for the last.
        let last = (0..101).map(|_| bucket.take(start)).last().unwrap();
        assert!((last.as_secs_f64() - 5.0).abs() < 0.01, "{last:?}");
        // An idle hour saves up no more than a tenth of a second.
        let later = start + Duration::from_secs(3600);
        let free = (0..10).filter(|_| bucket.take(later).is_zero()).count();
        assert_eq!(free, 2);
    }

    #[test]
    fn throttling_slows_and_success_recovers() {
        let now = Instant::now();
        let mut bucket = Bucket::new(20.0, now);
        for _ in 0..3 {
            bucket.throttled(now);
        }
        assert_eq!(bucket.rate, 2.5);
        for _ in 0..20 {
            bucket.throttled(now);
        }
        assert_eq!(bucket.rate, Bucket::FLOOR);
        for _ in 0..100 {
            bucket.succeeded(now);
        }
        assert_eq!(bucket.rate, 20.0);
    }

    #[test]
    fn waits_are_bounded_and_spread() {
        let cancel = Cancellation::new();
        let pacer = Pacer::new(&Pace::default(), &cancel);
        for tries in 1..40 {
            assert!(pacer.backoff(tries) <= Pace::default().longest_wait);
        }
        assert!(pacer.backoff(1) <= Pace::default().first_wait);
        let mut jitter = Jitter(7);
        let mean = (0..1000).map(|_| jitter.fraction()).sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }

    fn pace() -> Pace {
        Pace {
            first_wait: Duration::from_micros(1),
            create: 1e6,
            ..Pace::default()
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
        let pacer = Pacer::new(&pace(), &cancel);
        let count = |kind: ErrorKind, also: fn(ErrorKind) -> bool| {
            let tries = std::cell::Cell::new(0);
            let _ = run(pacer.call(Family::Create, also, || {
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
        let slow = Pace {
            first_wait: Duration::from_secs(3600),
            longest_wait: Duration::from_secs(3600),
            ..pace()
        };
        let pacer = Pacer::new(&slow, &cancel);
        let tries = std::cell::Cell::new(0);
        let failed = run(pacer.call(
            Family::Create,
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
