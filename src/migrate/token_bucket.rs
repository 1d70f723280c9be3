//! A token bucket: the rate limit of one family of calls, lowered by throttling and raised by
//! success.

use std::time::{Duration, Instant};

/// A token bucket that lends tokens: [`TokenBucket::take`] returns the time to wait for the token
/// taken.
#[derive(Debug)]
pub(super) struct TokenBucket {
    /// Tokens a second at present.
    rate: f64,
    /// Tokens a second without throttling.
    full_rate: f64,
    /// Tokens in the bucket. A negative number counts lent tokens.
    tokens: f64,
    /// Time of the last change.
    at: Instant,
}

impl TokenBucket {
    /// Lowest rate, in tokens a second.
    const FLOOR: f64 = 0.5;

    /// A bucket with one token. A rate below [`TokenBucket::FLOOR`] is raised to it.
    pub(super) fn new(rate: f64, now: Instant) -> Self {
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
        // At most the tokens of a tenth of a second, so that no burst follows an idle moment.
        let most = (self.rate / 10.0).max(1.0);
        self.tokens = (self.tokens + elapsed * self.rate).min(most);
        self.at = now;
    }

    /// Takes a token and returns the time to wait before using it.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-self.tokens / self.rate)
        }
    }

    /// Halves the rate: the service has throttled a call.
    pub(super) fn throttled(&mut self, now: Instant) {
        self.refill(now);
        self.rate = (self.rate / 2.0).max(Self::FLOOR);
    }

    /// Raises the rate by a fiftieth of the full one: the service has accepted a call.
    pub(super) fn succeeded(&mut self, now: Instant) {
        self.refill(now);
        self.rate = (self.rate + self.full_rate / 50.0).min(self.full_rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_keeps_its_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(20.0, start);
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
        let mut bucket = TokenBucket::new(20.0, now);
        for _ in 0..3 {
            bucket.throttled(now);
        }
        assert_eq!(bucket.rate, 2.5);
        for _ in 0..20 {
            bucket.throttled(now);
        }
        assert_eq!(bucket.rate, TokenBucket::FLOOR);
        for _ in 0..100 {
            bucket.succeeded(now);
        }
        assert_eq!(bucket.rate, 20.0);
    }
}
