//! One place of a secret, as the conditions of the policy see it.

use std::cell::OnceCell;

use super::place_words::{is_pipeline, path_words};
use super::repository_facts::RepositoryName;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;
use crate::inventory::place_order::Stated;

/// One place of a secret, as the conditions of the policy see it.
pub(super) struct PlaceView<'a> {
    /// `None` for a secret without a known place: a condition on path or repository then does not hold.
    pub place: Option<&'a Occurrence>,
    /// The name of its repository.
    pub repository: Option<RepositoryName<'a>>,
    /// What it states. What another place states is no fact about this one.
    pub stated: Stated<'a>,
    /// `None` outside any file.
    pub path: Option<&'a str>,
    /// Its file defines a pipeline.
    pub is_pipeline: bool,
    words: OnceCell<Vec<String>>,
}

impl<'a> PlaceView<'a> {
    pub(super) fn new(
        secret: &'a Secret,
        place: Option<&'a Occurrence>,
        repository: Option<RepositoryName<'a>>,
    ) -> Self {
        let path = place.map(|place| place.path.as_str());
        let path = path.filter(|path| !path.is_empty());
        Self {
            place,
            repository,
            stated: secret.stated_at(place),
            path,
            is_pipeline: path.is_some_and(is_pipeline),
            words: OnceCell::new(),
        }
    }

    /// The words of its path.
    pub(super) fn path_words(&self) -> &[String] {
        let words = || path_words(self.path.unwrap_or_default(), self.is_pipeline);
        self.words.get_or_init(words)
    }
}
