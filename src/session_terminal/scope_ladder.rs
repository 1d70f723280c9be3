//! The groups that one answer can be for, from one secret to all that have the question.

use crate::inventory::entry::Secret;
use crate::secret::SecretId;
use crate::session::question_group::{Group, Likeness};
use crate::session::session_state::Session;

/// The groups with this lead, in order of their size. Of several with the same members, the one of the narrowest
/// likeness.
pub fn steps(session: &Session, lead: &SecretId, select: impl Fn(&Secret) -> bool) -> Vec<Group> {
    let mut steps: Vec<Group> = Vec::new();
    for likeness in Likeness::ALL {
        let Some(group) = session.alike(lead, likeness, &select) else {
            continue;
        };
        if !steps.iter().any(|known| known.members == group.members) {
            steps.push(group);
        }
    }
    steps.sort_by_key(|group| group.members.len());
    steps
}
