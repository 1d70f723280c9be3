//! `scan`: the places of a repository in which a secret is easily forgotten.
