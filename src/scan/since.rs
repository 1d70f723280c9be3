//! The option `--since`: the beginning of the reported history.

use serde::{Deserialize, Serialize};

/// The beginning of the reported history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// Commits of this time or later, in seconds since 1970.
    Time(i64),
    /// Commits that are not reachable from this revision: a branch, a tag, an id, `HEAD~10`.
    Revision(String),
}

/// The text is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day (2026-01-31), a moment (RFC 3339) or a revision is expected")]
pub struct SinceParseError;

impl std::str::FromStr for Since {
    type Err = SinceParseError;

    /// Parses a day (`2026-01-31`, in UTC) or a moment (RFC 3339). Any other text is a revision.
    fn from_str(text: &str) -> Result<Self, SinceParseError> {
        let day = || {
            text.parse::<jiff::civil::Date>()
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
        };
        let moment = || text.parse::<jiff::Timestamp>().ok();
        if text.is_empty() {
            return Err(SinceParseError);
        }
        match moment().or_else(|| day().map(|day| day.timestamp())) {
            Some(moment) => Ok(Since::Time(moment.as_second())),
            None => Ok(Since::Revision(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_revisions() {
        assert_eq!("2023-11-15".parse(), Ok(Since::Time(1_700_006_400)));
        assert_eq!(
            "2023-11-15T01:00:00+01:00".parse(),
            Ok(Since::Time(1_700_006_400))
        );
        assert_eq!("v1.2".parse(), Ok(Since::Revision("v1.2".into())));
        assert!("".parse::<Since>().is_err());
    }
}
