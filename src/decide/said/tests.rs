//! Statements of several files: which of them counts, and which of them contradict each other.

use std::path::Path;

use proptest::prelude::*;

use super::super::policy::Policy;
use super::super::sample_secrets::{relocated, secret};
use super::super::{Inputs, Settled, decide, decisions_file, settle};
use super::*;
use crate::inventory::entry::{MigrationProgress, Outcome, Provenance};

/// The statements of some files of version 2, each given without its head.
fn files(texts: &[(&str, &str)]) -> Decisions {
    let mut all = Vec::new();
    for (name, text) in texts {
        let text = format!("schema: 2\nstatements:\n{text}");
        let path = Path::new("inventory").join(name);
        let read = decisions_file::parse(&path, name, &text, &Policy::builtin());
        all.extend(read.unwrap_or_else(|error| panic!("{error}")));
    }
    Decisions::of(all)
}

fn inputs<'a>(policy: &'a Policy, decisions: &'a Decisions) -> Inputs<'a> {
    Inputs {
        decisions: Some(decisions),
        ..Inputs::new(policy, jiff::civil::date(2026, 3, 1))
    }
}

/// Decides about a secret twice. The second time must change nothing.
fn decided(mut secret: Secret, decisions: &Decisions) -> Secret {
    let policy = Policy::builtin();
    let inputs = inputs(&policy, decisions);
    decide(&mut secret, &inputs);
    let once = secret.clone();
    decide(&mut secret, &inputs);
    assert_eq!(secret, once);
    secret
}

fn settled(secrets: &[Secret], decisions: &Decisions) -> Settled {
    let policy = Policy::builtin();
    settle(secrets.iter().cloned(), &inputs(&policy, decisions))
}

fn orders() -> Secret {
    secret(1, "DB_PASSWORD", &[("acme/orders", "deploy/app.yml")])
}

#[test]
fn a_statement_about_a_condition_decides_and_gives_facts() {
    let all = files(&[(
        "decisions/ann.yaml",
        "  - { id: orders, when: { repository: [orders] }, outcome: retain, reason: Stays., by: ann, metadata: { owner: ops } }\n",
    )]);
    let secret = decided(orders(), &all);
    let decision = &secret.decision;
    assert_eq!(decision.outcome, Outcome::Retain);
    assert_eq!(decision.rule, "person");
    assert_eq!(decision.reason, "Stays. (ann)");
    assert_eq!(
        decision.statement.as_deref(),
        Some("decisions/ann.yaml#orders")
    );
    assert!(decision.by_condition && !decision.is_about_it());
    assert_eq!(secret.metadata["owner"].from, Provenance::Statement);
    let other = decided(
        super::super::sample_secrets::secret(2, "K", &[("shop", "a.py")]),
        &all,
    );
    assert_eq!(other.decision.outcome, Outcome::Relocate);
    // Both end with the statement.
    let after = decided(secret, &files(&[]));
    assert_eq!(after.decision.rule, "at-head");
    assert!(!after.metadata.contains_key("owner"));
}

#[test]
fn a_statement_that_names_the_secret_comes_first() {
    let id = orders().id;
    let all = files(&[
        (
            "decisions.yaml",
            "  - { when: { kind: [application] }, outcome: dismiss, reason: r, by: a, metadata: { owner: wide, costcenter: '1' } }\n",
        ),
        (
            "decisions/b.yaml",
            &format!(
                "  - {{ secret: {id}, outcome: retain, reason: r, by: b, metadata: {{ owner: named }} }}\n"
            ),
        ),
    ]);
    let secret = decided(orders(), &all);
    assert_eq!(secret.decision.outcome, Outcome::Retain);
    assert!(secret.decision.is_about_it());
    assert_eq!(
        secret.decision.statement.as_deref(),
        Some("decisions/b.yaml")
    );
    assert_eq!(secret.metadata["owner"].value, "named");
    assert_eq!(secret.metadata["owner"].from, Provenance::Person);
    assert_eq!(secret.metadata["costcenter"].value, "1");
    assert!(settled(&[orders()], &all).contradictions.is_empty());
    // With a condition that does not hold, it says nothing.
    let all = files(&[(
        "decisions.yaml",
        &format!(
            "  - {{ secret: {id}, when: {{ kind: [ssh-key] }}, outcome: retain, reason: r, by: b, metadata: {{ owner: x }} }}\n  \
               - {{ secret: {id}, when: {{ kind: [application] }}, outcome: retire, reason: r, by: b, metadata: {{ owner: y }} }}\n"
        ),
    )]);
    let secret = decided(orders(), &all);
    assert_eq!(secret.decision.outcome, Outcome::Retire);
    assert_eq!(secret.metadata["owner"].value, "y");
}

#[test]
fn contradictions_are_an_error_that_names_both_places() {
    let all = files(&[
        (
            "decisions/ann.yaml",
            "  - { when: { repository: [orders] }, outcome: retain, reason: r, by: ann }\n  \
               - { id: own, when: { kind: [application] }, by: ann, metadata: { owner: a } }\n",
        ),
        (
            "decisions/bob.yaml",
            "  - { when: { kind: [application] }, by: bob, metadata: { owner: b } }\n  \
               - { when: { path: { head: ['deploy/**'] } }, outcome: retire, reason: r, by: bob }\n",
        ),
    ]);
    let secrets: Vec<Secret> = (1..8)
        .map(|id| secret(id, "K", &[("acme/orders", "deploy/app.yml")]))
        .collect();
    let settled = settled(&secrets, &all);
    insta::assert_snapshot!(settled.contradictions.to_string(), @r"
    statements contradict each other:
    inventory/decisions/ann.yaml:3 says retain
    inventory/decisions/bob.yaml:4 says retire
      of 7 secrets: s-000000000000000100000000, s-000000000000000200000000, s-000000000000000300000000, s-000000000000000400000000, s-000000000000000500000000 and 2 more
    inventory/decisions/ann.yaml:4 says owner `a`
    inventory/decisions/bob.yaml:3 says owner `b`
      of 7 secrets: s-000000000000000100000000, s-000000000000000200000000, s-000000000000000300000000, s-000000000000000400000000, s-000000000000000500000000 and 2 more
    ");
    let decision = &settled.secrets[&secrets[0].id].decision;
    assert_eq!(decision.outcome, Outcome::Review);
    assert_eq!(decision.rule, "conflict");
    insta::assert_snapshot!(decision.questions.join("\n"), @r"
    Which statement is right: owner `a` (decisions/ann.yaml#own) or owner `b` (decisions/bob.yaml)?
    Which statement is right: retain (decisions/ann.yaml) or retire (decisions/bob.yaml)?
    ");
    assert!(settled.warnings.is_empty(), "{:?}", settled.warnings);
    decided(secrets[0].clone(), &all);
}

#[test]
fn statements_about_one_secret_contradict_each_other_on_everything() {
    let id = orders().id;
    let all = files(&[
        (
            "decisions/a.yaml",
            &format!(
                "  - {{ secret: {id}, by: a, name: one, reading: as-read, metadata: {{ owner: a, appid: ord001 }} }}\n"
            ),
        ),
        (
            "decisions/b.yaml",
            &format!(
                "  - {{ secret: {id}, by: b, name: two, reading: as-written, metadata: {{ owner: b, appid: ord001 }} }}\n"
            ),
        ),
    ]);
    let settled = settled(&[orders()], &all);
    insta::assert_snapshot!(settled.contradictions.to_string(), @r"
    statements contradict each other:
    inventory/decisions/a.yaml:3 says owner `a`
    inventory/decisions/b.yaml:3 says owner `b`
      of 1 secret: s-000000000000000100000000
    inventory/decisions/a.yaml:3 says name `one`
    inventory/decisions/b.yaml:3 says name `two`
      of 1 secret: s-000000000000000100000000
    inventory/decisions/a.yaml:3 says reading `as-read`
    inventory/decisions/b.yaml:3 says reading `as-written`
      of 1 secret: s-000000000000000100000000
    ");
    let secret = &settled.secrets[&id];
    assert_eq!(secret.metadata["appid"].value, "ord001");
    assert!(!secret.metadata.contains_key("owner") && secret.reading.chosen.is_none());
}

#[test]
fn equal_statements_and_ended_ones_are_no_contradiction() {
    let all = files(&[
        (
            "decisions/a.yaml",
            "  - { when: { kind: [application] }, outcome: retain, reason: Ended., by: a, until: 2026-02-01 }\n",
        ),
        (
            "decisions/b.yaml",
            "  - { when: { kind: [application] }, outcome: retire, reason: First., by: b, metadata: { owner: x } }\n  \
               - { when: { kind: [application] }, outcome: retire, reason: Second., by: c, metadata: { owner: x } }\n",
        ),
    ]);
    let settled = settled(&[orders()], &all);
    assert!(settled.contradictions.is_empty());
    let decision = &settled.secrets[&orders().id].decision;
    assert_eq!(decision.reason, "First. (b)");
    let ended = files(&[(
        "decisions/a.yaml",
        "  - { when: { kind: [application] }, outcome: retain, reason: Ended., by: a, until: 2026-02-01 }\n",
    )]);
    let secret = decided(orders(), &ended);
    assert_eq!(secret.decision.outcome, Outcome::Relocate);
    assert!(
        secret
            .decision
            .reason
            .ends_with(" a decided retain until 2026-02-01, which has passed."),
        "{}",
        secret.decision.reason
    );
}

#[test]
fn conditions_are_tried_on_the_facts_of_other_sources_and_the_outcome_on_all() {
    let all = files(&[(
        "decisions.yaml",
        "  - { when: { missing: [owner] }, by: a, metadata: { owner: x } }\n  \
           - { when: { metadata: { owner: [x] } }, by: a, metadata: { costcenter: '1' } }\n  \
           - { when: { metadata: { owner: [x] } }, by: a, outcome: retire, reason: r }\n",
    )]);
    let secret = decided(orders(), &all);
    assert_eq!(secret.metadata["owner"].value, "x");
    assert!(!secret.metadata.contains_key("costcenter"));
    assert_eq!(secret.decision.outcome, Outcome::Retire);
}

#[test]
fn a_fact_of_a_statement_resolves_a_conflict_of_places() {
    let mut both = secret(
        1,
        "DB_PASSWORD",
        &[("shop", "prod/a.yml"), ("shop", "test/a.yml")],
    );
    both.occurrences.sort();
    let asked = decided(both, &files(&[]));
    assert_eq!(asked.decision.rule, "conflict");
    let all = files(&[(
        "decisions.yaml",
        "  - { when: { repository: [shop] }, by: a, metadata: { appenv: prod } }\n",
    )]);
    let answered = decided(asked, &all);
    assert_eq!(answered.decision.rule, "at-head");
    assert_eq!(answered.metadata["appenv"].value, "prod");
}

#[test]
fn a_secret_that_is_gone_keeps_its_facts_and_is_decided_by_no_condition() {
    let all = files(&[(
        "decisions.yaml",
        "  - { when: { kind: [application] }, outcome: dismiss, reason: r, by: a, metadata: { owner: x } }\n",
    )]);
    let mut gone = decided(relocated(1, "K", &[("shop", "a.py")]), &all);
    assert_eq!(gone.decision.outcome, Outcome::Dismiss);
    gone.progress = MigrationProgress::Imported;
    gone.occurrences.clear();
    let gone = decided(gone, &all);
    assert_eq!(gone.decision.rule, "not-found");
    assert_eq!(gone.metadata["owner"].value, "x");
    assert_eq!(gone.decision.statement, None);
}

#[test]
fn a_dismissed_secret_is_not_asked_and_not_named() {
    let mut both = secret(
        1,
        "DB_PASSWORD",
        &[("shop", "prod/a.yml"), ("shop", "test/a.yml")],
    );
    both.occurrences.sort();
    let all = files(&[(
        "decisions.yaml",
        "  - { when: { repository: [shop] }, outcome: dismiss, reason: Made up., by: a }\n",
    )]);
    let settled = settled(&[both.clone()], &all);
    let secret = &settled.secrets[&both.id];
    assert_eq!(secret.decision.outcome, Outcome::Dismiss);
    assert!(secret.decision.questions.is_empty());
    assert!(secret.target.is_none() && secret.tags.is_empty() && settled.problems.is_empty());
    let used = &settled.statements[0];
    assert_eq!(used.place, "inventory/decisions.yaml:3");
    assert_eq!((used.decided, used.facts), (1, 0));
}

#[test]
fn a_statement_that_applies_to_nothing_is_a_warning() {
    let all = files(&[(
        "decisions.yaml",
        "  - { when: { repository: [ordres] }, outcome: retain, reason: r, by: a }\n",
    )]);
    let settled = settled(&[orders()], &all);
    assert_eq!(
        settled.warnings[0].to_string(),
        "inventory/decisions.yaml:3: the condition matches no secret for which no other statement comes first"
    );
    assert!(settled.statements.is_empty());
}

prop_compose! {
    /// A statement about one of four secrets, or a condition that matches some of them.
    fn some_statement()(
        subject in prop::sample::select(vec!["secret: ID1", "secret: ID2", "secrets: [ID1, ID3]", "when: { repository: [a] }",
            "when: { repository: [b] }", "when: { path: { any: ['x/*'] } }", "when: { metadata: { owner: [o] } }",
            "secret: ID4, when: { missing: [owner] }"]),
        outcome in prop::option::of(prop::sample::select(vec!["retain", "retire", "dismiss", "relocate"])),
        until in prop::option::of(prop::sample::select(vec!["2026-01-01", "2026-12-31"])),
        owner in prop::option::of("[op]"),
        center in prop::option::of("[12]"),
    ) -> String {
        let mut parts = vec![subject.to_owned(), "by: a".to_owned()];
        if let Some(outcome) = outcome {
            parts.push(format!("outcome: {outcome}, reason: r"));
            parts.extend(until.map(|until| format!("until: {until}")));
        }
        let facts = [owner.map(|owner| format!("owner: {owner}")), center.map(|center| format!("costcenter: '{center}'"))];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        if !facts.is_empty() || outcome.is_none() {
            let appid = "appid: ord001".to_owned();
            parts.push(format!("metadata: {{ {} }}", [facts, vec![appid]].concat().join(", ")));
        }
        let mut text = format!("  - {{ {} }}\n", parts.join(", "));
        for id in 1..5 {
            let id_text = four()[id - 1].id.to_string();
            text = text.replace(&format!("ID{id}"), &id_text);
        }
        text
    }
}

fn four() -> [Secret; 4] {
    [
        (1, "a", "x/1"),
        (2, "a", "y/1"),
        (3, "b", "x/2"),
        (4, "b", "y/2"),
    ]
    .map(|(id, repository, path)| secret(id, "K", &[(repository, path)]))
}

/// A decision without what depends on the order of equal statements.
fn essence(settled: &Settled) -> Vec<String> {
    let of = |secret: &Secret| {
        let decision = &secret.decision;
        let facts = secret.metadata.iter();
        let facts: Vec<String> = facts
            .map(|(field, fact)| format!("{field}={} {:?}", fact.value, fact.from))
            .collect();
        let (outcome, rule) = (decision.outcome.name(), &decision.rule);
        format!("{} {outcome} {rule} {}", secret.id, facts.join(" "))
    };
    settled.secrets.values().map(of).collect()
}

proptest! {
    #[test]
    fn the_order_of_statements_does_not_change_the_result(
        statements in prop::collection::vec(some_statement(), 0..6),
        seed: u64,
    ) {
        let secrets = four();
        let in_order = files(&[("decisions.yaml", &statements.concat())]);
        let mut other = statements.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut other);
        let (one, two) = other.split_at(other.len() / 2);
        let shuffled = files(&[("decisions/a.yaml", &one.concat()), ("decisions/b.yaml", &two.concat())]);
        let (first, second) = (settled(&secrets, &in_order), settled(&secrets, &shuffled));
        prop_assert_eq!(essence(&first), essence(&second));
        prop_assert_eq!(first.contradictions.is_empty(), second.contradictions.is_empty());
        // Settling again changes nothing.
        let again: Vec<Secret> = first.secrets.values().cloned().collect();
        prop_assert_eq!(&settled(&again, &in_order).secrets, &first.secrets);
        // Whatever was settled before is forgotten with its statements.
        let changed = settled(&again, &shuffled);
        let persons = again.iter().any(|secret| secret.metadata.values().any(|fact| fact.from == Provenance::Person));
        if !persons {
            prop_assert_eq!(essence(&changed), essence(&second));
        }
    }

    #[test]
    fn the_versions_of_the_format_mean_the_same(
        entries in prop::collection::vec((0..4_usize, prop::sample::select(vec![
            "outcome: retain, reason: r, by: a", "outcome: dismiss, reason: r, by: a, until: 2026-01-01",
            "by: b, name: main", "by: b, metadata: { owner: o }, reading: as-read",
            "outcome: relocate, reason: r, by: c, until: 2026-12-31, metadata: { appid: ord001 }",
        ])), 0..4),
    ) {
        let secrets = four();
        let entries: BTreeMap<usize, &str> = entries.into_iter().collect();
        let (mut one, mut two) = ("schema: 1\ndecisions:\n".to_owned(), "schema: 2\nstatements:\n".to_owned());
        for (index, entry) in &entries {
            let id = &secrets[*index].id;
            one.push_str(&format!("  {id}: {{ {entry} }}\n"));
            two.push_str(&format!("  - {{ secret: {id}, {entry} }}\n"));
        }
        if entries.is_empty() {
            (one, two) = ("schema: 1\ndecisions: {}\n".to_owned(), "schema: 2\nstatements: []\n".to_owned());
        }
        let read = |text: &str| Decisions::parse(Path::new("decisions.yaml"), text, &Policy::builtin()).unwrap();
        let (one, two) = (settled(&secrets, &read(&one)), settled(&secrets, &read(&two)));
        prop_assert_eq!(one.secrets, two.secrets);
        prop_assert_eq!(one.statements, two.statements);
    }
}
