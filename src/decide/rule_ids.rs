//! Ids of decisions that no rule of the policy makes.

use crate::inventory::entry::Decision;

/// `Decision::rule` when a person decided.
pub const PERSON: &str = Decision::PERSON;
/// `Decision::rule` when a secret would be relocated, but its occurrences disagree on a field that
/// it needs, or people contradict each other.
pub const CONFLICT: &str = Decision::CONFLICT;
/// `Decision::rule` when no rule of the policy applies.
pub const NO_RULE: &str = "no-rule";
/// `Decision::rule` of a secret that is no longer found anywhere and is kept for its facts.
pub const NOT_FOUND: &str = "not-found";

/// `Decision::rule` when a secret would be relocated, but its value is doubtful.
pub const DOUBTFUL: &str = "doubtful-value";

/// `Decision::rule` of an entry whose uses are settled separately.
pub const USES: &str = Decision::USES;

/// `Decision::rule` when a person said that a service replaces the secret.
pub const REPLACED: &str = "replaced";

/// `Decision::rule` of a value that belongs to the credential of another secret, and is decided with it.
pub const PART_OF: &str = "part-of";

/// All of them. A rule of the policy must not have one of these ids.
pub(super) const RESERVED: [&str; 8] = [
    PERSON, CONFLICT, NO_RULE, NOT_FOUND, DOUBTFUL, USES, REPLACED, PART_OF,
];
