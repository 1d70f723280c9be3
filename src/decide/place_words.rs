//! The words by which the place of a secret says what the secret is for: of its key, its path, its host, and of what the
//! text around it states.
//!
//! Each source consists of parts: the keys of a path of keys, the labels of a host. Parts are judged one by one, so that
//! two of them can contradict each other.

use super::name_words::{has_words, words};
use crate::finding::Context;

/// A source of words at the place of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WordSource {
    Key,
    Path,
    Host,
    Text,
}

/// Words that name an action in the file of a pipeline: a job that tests, a stage.
const OF_PIPELINES: [&str; 6] = ["test", "tests", "testing", "qa", "stage", "stages"];
/// Words that say that an action is about an environment.
const OF_DEPLOYMENTS: [&str; 4] = ["deploy", "deployment", "release", "rollout"];

/// Words to which the word of an environment may be glued in the name of a host: `proddb01`.
const OF_HOSTS: [&str; 20] = [
    "db", "sql", "mysql", "pg", "pgsql", "postgres", "oracle", "mongo", "redis", "mq", "app",
    "api", "web", "srv", "host", "server", "ldap", "smtp", "cache", "node",
];

/// Ends of names under which anyone can own a domain, beside those of two letters. `test` is kept for examples.
const PUBLIC_ENDS: [&str; 24] = [
    "app", "biz", "cloud", "com", "company", "dev", "digital", "edu", "gov", "host", "info",
    "live", "mil", "name", "net", "online", "org", "page", "shop", "site", "tech", "test", "world",
    "xyz",
];

/// Public hosts with the word of an environment that is not that of a secret for them.
const NEUTRAL_HOSTS: [&str; 6] = [
    "dev.azure.com",
    "dev.mysql.com",
    "dev.virtualearth.net",
    "ssh.dev.azure.com",
    "test.pypi.org",
    "test.salesforce.com",
];

impl WordSource {
    /// The parts of a source that is not the path, each as its words. `is_pipeline`: the file defines a pipeline.
    pub(super) fn parts(self, context: &Context, is_pipeline: bool) -> Vec<Vec<String>> {
        match self {
            WordSource::Key => key_parts(context.key.as_deref().unwrap_or_default(), is_pipeline),
            WordSource::Path => Vec::new(),
            WordSource::Host => context
                .host
                .iter()
                .flat_map(|host| host_parts(host))
                .collect(),
            WordSource::Text => context
                .environment
                .iter()
                .flat_map(|text| with_plain(words(text)))
                .collect(),
        }
    }

    /// The source at a place, for people.
    pub(super) fn describe(self, context: &Context) -> String {
        match self {
            WordSource::Key => format!("its key {}", context.key.as_deref().unwrap_or_default()),
            WordSource::Path => "its path".to_owned(),
            WordSource::Host => format!("its host {}", context.host.as_deref().unwrap_or_default()),
            WordSource::Text => format!("the text says {}", context.environment.join(", ")),
        }
    }
}

/// Whether one of the wanted words is among those of a part.
pub(super) fn any_in(wanted: &[String], part: &[String]) -> bool {
    wanted.iter().any(|wanted| has_words(part, wanted))
}

/// Words, and the same words without the digits at their ends, which say which of several it is: `prod2`.
fn with_plain(words: Vec<String>) -> Vec<Vec<String>> {
    let plain = |word: &String| {
        let plain = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if plain.is_empty() {
            word.clone()
        } else {
            plain.to_owned()
        }
    };
    let plain: Vec<String> = words.iter().map(plain).collect();
    if plain == words {
        vec![words]
    } else {
        vec![words, plain]
    }
}

/// The keys of a path of keys.
fn key_parts(key: &str, is_pipeline: bool) -> Vec<Vec<String>> {
    let mut parts: Vec<Vec<String>> = key.split('.').map(words).collect();
    // The last one is the name of the value; the others are jobs and stages.
    if is_pipeline && let Some((_, outer)) = parts.split_last_mut() {
        outer.iter_mut().for_each(drop_actions);
    }
    parts
}

/// The words of a path. `is_pipeline`: the file defines a pipeline.
pub(super) fn path_words(path: &str, is_pipeline: bool) -> Vec<String> {
    let mut words = words(path);
    if is_pipeline {
        drop_actions(&mut words);
    }
    words
}

fn drop_actions(words: &mut Vec<String>) {
    if !words
        .iter()
        .any(|word| OF_DEPLOYMENTS.contains(&word.as_str()))
    {
        words.retain(|word| !OF_PIPELINES.contains(&word.as_str()));
    }
}

/// Whether a file defines a pipeline.
pub(super) fn is_pipeline(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let folders = [
        ".github/workflows/",
        ".github/actions/",
        ".circleci/",
        ".buildkite/",
        ".gitlab/ci/",
        ".tekton/",
    ];
    let names = [
        "jenkinsfile",
        "bitbucket-pipelines.yml",
        ".travis.yml",
        ".drone.yml",
        ".woodpecker.yml",
        "appveyor.yml",
        "buildspec.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "codefresh.yml",
        "wercker.yml",
    ];
    let ends = path.match_indices('/').map(|(at, _)| at + 1);
    let mut hidden = std::iter::once(0)
        .chain(ends)
        .map(|at| &path[at..])
        .filter(|rest| rest.starts_with('.'));
    let in_folder = |rest: &str| folders.iter().any(|folder| rest.starts_with(folder));
    names.contains(&name)
        || name.ends_with("gitlab-ci.yml")
        || name.ends_with("gitlab-ci.yaml")
        || name.starts_with("azure-pipelines")
        || name.starts_with("jenkinsfile")
        || hidden.any(in_folder)
}

/// The labels of the hosts in a text. The domain that someone registered says nothing: `test.com`, `app.dev`.
fn host_parts(hosts: &str) -> Vec<Vec<String>> {
    hosts.split([',', ' ']).flat_map(labels).collect()
}

fn labels(host: &str) -> Vec<Vec<String>> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split([':', '/']).next().unwrap_or_default();
    if NEUTRAL_HOSTS.contains(&host) {
        return Vec::new();
    }
    let mut labels: Vec<&str> = host.split('.').collect();
    if let [.., before, last] = labels.as_slice()
        && (last.len() == 2 || PUBLIC_ENDS.contains(last))
    {
        let is_shared = last.len() == 2
            && matches!(*before, "co" | "com" | "org" | "net" | "ac" | "gov" | "edu");
        let domain = 2 + usize::from(is_shared);
        labels.truncate(labels.len().saturating_sub(domain));
    }
    labels.into_iter().flat_map(label_parts).collect()
}

fn label_parts(label: &str) -> Vec<Vec<String>> {
    let mut parts = with_plain(words(label));
    let unglued = |word: &String| {
        let of_role = |role: &&str| {
            let rest = word
                .strip_suffix(*role)
                .or_else(|| word.strip_prefix(*role));
            rest.filter(|rest| rest.len() > 2).map(str::to_owned)
        };
        OF_HOSTS
            .iter()
            .find_map(of_role)
            .unwrap_or_else(|| word.clone())
    };
    let last = parts
        .last()
        .map(|words| words.iter().map(unglued).collect());
    parts.extend(last.filter(|words| parts.last() != Some(words)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: Vec<Vec<String>>) -> String {
        let parts: Vec<String> = parts.iter().map(|words| words.join(" ")).collect();
        parts.join("|")
    }

    #[test]
    fn the_domain_of_a_host_is_left_out() {
        for (host, expected) in [
            ("db.prod.example.com", "db|prod"),
            ("prod-db-01", "prod db 01"),
            ("prod2", "prod2|prod"),
            ("proddb01.corp.example.org", "proddb01|proddb|prod|corp"),
            ("dbprod", "dbprod|prod"),
            ("mysql.staging.internal", "mysql|staging|internal"),
            ("db.prod", "db|prod"),
            ("app.dev", ""),
            ("db.test", ""),
            ("test.com", ""),
            ("x.stage.co.uk", "x"),
            ("dev.azure.com", ""),
            (
                "db1.prod.acme.de:5432,db2.prod.acme.de",
                "db1|db|prod|db2|db|prod",
            ),
            ("devops.example.com", "devops"),
            ("10.0.0.1", "10|0|0|1"),
            ("", ""),
        ] {
            assert_eq!(shown(host_parts(host)), expected, "{host}");
        }
    }

    #[test]
    fn actions_of_pipelines_are_no_environments() {
        for (key, path, expected) in [
            (
                "test.variables.PASSWORD",
                ".gitlab-ci.yml",
                "|variables|password",
            ),
            (
                "test.variables.PASSWORD",
                "config/app.yml",
                "test|variables|password",
            ),
            (
                "deploy-test.variables.TEST_KEY",
                "ci/.gitlab-ci.yml",
                "deploy test|variables|test key",
            ),
            (
                "stages.stage.env.PROD_KEY",
                "azure-pipelines-x.yml",
                "||env|prod key",
            ),
        ] {
            assert_eq!(
                shown(key_parts(key, is_pipeline(path))),
                expected,
                "{key} {path}"
            );
        }
        for (path, expected) in [
            (".github/workflows/test.yml", "github workflows yml"),
            (
                "a/.github/workflows/deploy-test.yml",
                "a github workflows deploy test yml",
            ),
            ("src/test/x.yml", "src test x yml"),
            ("x.github/workflows/test.yml", "x github workflows test yml"),
            (".gitlab/test.yml", "gitlab test yml"),
        ] {
            assert_eq!(
                path_words(path, is_pipeline(path)).join(" "),
                expected,
                "{path}"
            );
        }
    }
}
