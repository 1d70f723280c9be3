use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::decide::sample_secrets::{place, secret};
use crate::decide::{Decisions, Policy, Registry, settle};
use crate::finding::{Occurrence, Origin};
use crate::inventory::entry::{MigrationProgress, Outcome};
use crate::inventory::merge::exposure;

const REGISTRY: &str = "repository,path,appid,owner\n\
    shop,,ord001,@orders\nbilling,,bil001,@billing\nmono,a/**,aaa001,@a\nmono,b/**,bbb001,@b\n";

/// The policy, the register and the decisions of a test.
struct World {
    policy: Policy,
    registry: Registry,
    decisions: Option<Decisions>,
}

impl World {
    fn new(registry: &str, decisions: &str) -> Self {
        let policy = Policy::builtin();
        let registry = Registry::from_csv(Path::new("r.csv"), registry, &policy).unwrap();
        let parse = |text: String| Decisions::parse(Path::new("d.yaml"), &text, &policy).unwrap();
        let head = match decisions.starts_with("  - ") {
            true => "schema: 2\nstatements",
            false => "schema: 1\ndecisions",
        };
        let decisions = (!decisions.is_empty()).then(|| parse(format!("{head}:\n{decisions}")));
        Self {
            registry,
            decisions,
            policy,
        }
    }

    /// Settles an entry, and its entry again: that must change nothing.
    fn settle(&self, mut entry: Secret) -> Vec<Secret> {
        entry.occurrences.sort();
        let inputs = Inputs {
            registry: Some(&self.registry),
            decisions: self.decisions.as_ref(),
            ..Inputs::new(&self.policy, jiff::civil::date(2026, 1, 1))
        };
        let places = entry.occurrences.len();
        let once: Vec<Secret> = settle([entry], &inputs).secrets.into_values().collect();
        let entry = entry_of(&once);
        assert_eq!(entry.occurrences.len(), places);
        let twice: Vec<Secret> = settle([entry.clone()], &inputs)
            .secrets
            .into_values()
            .collect();
        assert_eq!(entry_of(&twice), entry);
        assert_eq!(once, twice);
        once
    }
}

fn entry_of(secrets: &[Secret]) -> Secret {
    let entries = secret_use::entries(secrets);
    assert_eq!(entries.len(), 1);
    entries[0].clone().into_owned()
}

fn weak(places: &[(&str, &str)]) -> Secret {
    let mut secret = secret(1, "DB_PASSWORD", places);
    for place in &mut secret.occurrences {
        place.is_weak = true;
    }
    secret
}

fn show(secrets: &[Secret]) -> String {
    let lines = secrets.iter().map(|secret| {
        let fact = |field: &str| secret.metadata.get(field).map_or("-", |fact| &fact.value);
        let use_name = &secret.id.as_str()[26..];
        let mut line = format!(
            "{} {} [{} {} {}] {} by {}",
            if use_name.is_empty() {
                "whole"
            } else {
                use_name
            },
            secret.target.as_deref().unwrap_or("-"),
            fact("appid"),
            fact("appenv"),
            fact("owner"),
            secret.decision.outcome.name(),
            secret.decision.rule,
        );
        if !secret.readers.is_empty() {
            line.push_str(&format!(" read by {:?}", secret.readers));
        }
        for question in &secret.decision.questions {
            line.push_str(&format!("\n  ? {question}"));
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

const ID: &str = "s-000000000000000100000000";

#[test]
fn a_weak_value_of_two_applications_is_two_secrets() {
    let it = weak(&[("shop", "prod/a.yml"), ("billing", "prod/b.yml")]);
    let settled = World::new(REGISTRY, "").settle(it);
    insta::assert_snapshot!(show(&settled), @r#"
    /bil001/prod /bil001/service/prod/db-password [bil001 prod @billing] relocate by at-head
    /ord001/prod /ord001/service/prod/db-password [ord001 prod @orders] relocate by at-head
    "#);
    let entry = entry_of(&settled);
    assert_eq!(entry.id.as_str(), ID);
    assert_eq!(entry.decision.rule, "uses");
    assert_eq!(entry.uses.len(), 2);
}

#[test]
fn a_strong_value_of_two_applications_is_a_question_until_a_person_answers() {
    let it = || {
        secret(
            1,
            "DB_PASSWORD",
            &[("shop", "prod/a.yml"), ("billing", "prod/b.yml")],
        )
    };
    insta::assert_snapshot!(show(&World::new(REGISTRY, "").settle(it())), @r#"
    whole - [- prod -] review by conflict
      ? It is used in bil001/prod, ord001/prod. Does each get a secret of its own, or do they share one? Answer with `uses: separate`, or with `uses: together` and the `metadata` of the shared one.
    "#);
    let separate = format!("  {ID}: {{ uses: separate, by: j }}\n");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &separate).settle(it())), @r#"
    /bil001/prod /bil001/service/prod/db-password [bil001 prod @billing] relocate by at-head
    /ord001/prod /ord001/service/prod/db-password [ord001 prod @orders] relocate by at-head
    "#);
    let together = format!("  {ID}: {{ uses: together, by: j }}\n");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &together).settle(it())), @r#"
    whole - [- prod -] review by conflict read by {"bil001/prod", "ord001/prod"}
      ? Which appid is it: `bil001` (billing: prod/b.yml) or `ord001` (shop: prod/a.yml)? Answer with `metadata: { appid: … }`.
      ? Which owner is it: `@billing` (billing: prod/b.yml) or `@orders` (shop: prod/a.yml)? Answer with `metadata: { owner: … }`.
    "#);
    let together = format!(
        "  {ID}: {{ uses: together, by: j, metadata: {{ appid: shr001, appname: shared, owner: '@s' }} }}\n"
    );
    insta::assert_snapshot!(show(&World::new(REGISTRY, &together).settle(it())), @r#"
    whole /shr001/service/prod/db-password [shr001 prod @s] relocate by at-head read by {"bil001/prod", "ord001/prod"}
    "#);
}

#[test]
fn environments_of_one_application_are_uses_too() {
    let places = [
        ("shop", "dev/a.yml"),
        ("shop", "test-env/a.yml"),
        ("shop", "prod/a.yml"),
    ];
    let it = || secret(1, "DB_PASSWORD", &places);
    insta::assert_snapshot!(show(&World::new(REGISTRY, "").settle(it())), @r#"
    whole - [ord001 - @orders] review by conflict
      ? It is used in ord001/dev, ord001/prod, ord001/test. Does each get a secret of its own, or do they share one? Answer with `uses: separate`, or with `uses: together` and the `metadata` of the shared one.
    "#);
    let separate = format!("  {ID}: {{ uses: separate, by: j }}\n");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &separate).settle(it())), @r#"
    /ord001/dev /ord001/service/dev/db-password [ord001 dev @orders] relocate by at-head
    /ord001/prod /ord001/service/prod/db-password [ord001 prod @orders] relocate by at-head
    /ord001/test /ord001/service/test/db-password [ord001 test @orders] relocate by at-head
    "#);
    let together = format!("  {ID}: {{ uses: together, by: j, metadata: {{ appenv: nonp }} }}\n");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &together).settle(it())), @r#"
    whole /ord001/service/nonp/db-password [ord001 nonp @orders] relocate by at-head read by {"ord001/dev", "ord001/prod", "ord001/test"}
    "#);
}

#[test]
fn a_use_is_decided_by_its_own_id_and_its_own_places() {
    let mut it = weak(&[
        ("shop", "prod/a.yml"),
        ("billing", "prod/b.yml"),
        ("mono", "a/x.yml"),
    ]);
    it.occurrences[2].at_head = false;
    it.occurrences[2].origin = Origin::Blob;
    let decisions = format!(
        "  {ID}/bil001/prod: {{ outcome: retain, reason: r, by: j }}\n  {ID}: {{ by: j, metadata: {{ appfunc: web }} }}\n"
    );
    let settled = World::new(REGISTRY, &decisions).settle(it);
    insta::assert_snapshot!(show(&settled), @r#"
    /aaa001/@ - [aaa001 - @a] retire by history-only
    /bil001/prod - [bil001 prod @billing] retain by person
    /ord001/prod /ord001/web/prod/db-password [ord001 prod @orders] relocate by at-head
    "#);
    let function = |secret: &Secret| secret.metadata["appfunc"].value.clone();
    // A statement about the value holds for all uses of which no statement says otherwise.
    assert_eq!(
        settled.iter().map(function).collect::<Vec<_>>(),
        ["web", "web", "web"]
    );
}

#[test]
fn some_uses_share_one_secret_and_another_has_its_own() {
    let it = secret(
        1,
        "KEY_A",
        &[
            ("shop", "prod/a"),
            ("billing", "prod/b"),
            ("mono", "a/prod/c"),
        ],
    );
    let decisions = format!(
        "  {ID}: {{ uses: separate, by: j }}\n  {ID}/ord001/prod: {{ uses: together, by: j }}\n  \
         {ID}/bil001/prod: {{ uses: together, by: j, metadata: {{ appid: shr001, owner: '@s' }} }}\n"
    );
    insta::assert_snapshot!(show(&World::new(REGISTRY, &decisions).settle(it)), @r#"
    /aaa001/prod /aaa001/service/prod/key-a [aaa001 prod @a] relocate by at-head
    /bil001/prod - [shr001 prod @s] review by conflict read by {"bil001/prod", "ord001/prod"}
      ? Which appname is it: `billing` (billing: prod/b) or `shop` (shop: prod/a)? Answer with `metadata: { appname: … }`.
    "#);
}

#[test]
fn a_condition_says_whether_uses_share_a_secret() {
    let places = [("shop", "prod/a"), ("shop", "dev/a"), ("billing", "prod/b")];
    let it = || secret(1, "KEY_A", &places);
    let separate = "  - { when: { key: '^KEY_' }, uses: separate, by: j }\n";
    insta::assert_snapshot!(show(&World::new(REGISTRY, separate).settle(it())), @r"
    /bil001/prod /bil001/service/prod/key-a [bil001 prod @billing] relocate by at-head
    /ord001/dev /ord001/service/dev/key-a [ord001 dev @orders] relocate by at-head
    /ord001/prod /ord001/service/prod/key-a [ord001 prod @orders] relocate by at-head
    ");
    let facts = "{ appid: shr001, appname: shared, appenv: prod, owner: '@s' }";
    let together =
        format!("  - {{ when: {{ key: '^KEY_' }}, uses: together, by: j, metadata: {facts} }}\n");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &together).settle(it())), @"whole /shr001/service/prod/key-a [shr001 prod @s] relocate by at-head");
    // A statement that names the value comes first.
    let plain = "  - { when: { key: '^KEY_' }, uses: together, by: j }\n";
    let both = format!("{plain}  - {{ secret: {ID}, uses: separate, by: j }}\n");
    assert_eq!(World::new(REGISTRY, &both).settle(it()).len(), 3);
    let other = "  - { when: { key: '^KEY_B' }, uses: separate, by: j }\n";
    insta::assert_snapshot!(show(&World::new(REGISTRY, other).settle(it())), @r"
    whole - [- - -] review by conflict
      ? It is used in bil001/prod, ord001/dev, ord001/prod. Does each get a secret of its own, or do they share one? Answer with `uses: separate`, or with `uses: together` and the `metadata` of the shared one.
    ");
    // Statements that contradict each other: nothing is taken, and a person is asked. A weak value is separate by default.
    let clash = format!("{separate}{plain}").replace("^KEY_", "^DB_");
    insta::assert_snapshot!(show(&World::new(REGISTRY, &clash).settle(weak(&places))), @r"
    /bil001/prod - [bil001 prod @billing] review by conflict
      ? Which statement is right: uses `separate` (d.yaml) or uses `together` (d.yaml)?
    /ord001/dev - [ord001 dev @orders] review by conflict
      ? Which statement is right: uses `separate` (d.yaml) or uses `together` (d.yaml)?
    /ord001/prod - [ord001 prod @orders] review by conflict
      ? Which statement is right: uses `separate` (d.yaml) or uses `together` (d.yaml)?
    ");
}

#[test]
fn a_name_stays_when_the_application_becomes_known() {
    let unknown = "repository,appid\nother,oth001\n";
    let it = weak(&[("shop", "prod/a.yml"), ("billing", "prod/b.yml")]);
    let settled = World::new(unknown, "").settle(it);
    insta::assert_snapshot!(show(&settled), @r#"
    /@billing/prod - [- prod -] relocate by at-head
    /@shop/prod - [- prod -] relocate by at-head
    "#);
    let mut entry = entry_of(&settled);
    entry.uses[1].progress = MigrationProgress::Imported;
    entry.uses[1].target = Some("/given/name".to_owned());
    let settled = World::new(REGISTRY, "").settle(entry);
    let of_shop = settled
        .iter()
        .find(|secret| secret.id.as_str().contains("ord001"));
    assert_eq!(of_shop.unwrap().target.as_deref(), Some("/given/name"));
    assert_eq!(settled.len(), 2);
}

#[test]
fn an_imported_secret_keeps_its_name_when_another_application_gets_its_value() {
    let world = World::new(REGISTRY, "");
    let mut alone = world.settle(weak(&[("shop", "prod/a.yml")])).remove(0);
    alone.progress = MigrationProgress::Verified;
    let name = alone.target.clone().unwrap();
    let mut place = place("billing", "prod/b.yml");
    place.is_weak = true;
    alone.occurrences.insert(0, place);
    let settled = world.settle(alone);
    assert_eq!(settled.len(), 2);
    assert_eq!(settled[1].target, Some(name.clone()));
    assert_eq!(settled[1].progress, MigrationProgress::Verified);
    assert_eq!(settled[0].progress, MigrationProgress::Found);
    // The other application loses the value again: the imported one is one secret with its name.
    let mut entry = entry_of(&settled);
    entry.occurrences.retain(|place| place.repository == "shop");
    let settled = world.settle(entry);
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0].target, Some(name));
}

#[test]
fn an_imported_use_without_places_is_kept() {
    let world = World::new(REGISTRY, "");
    let settled = world.settle(weak(&[("shop", "prod/a.yml"), ("billing", "prod/b.yml")]));
    let mut entry = entry_of(&settled);
    entry.uses[0].progress = MigrationProgress::Imported;
    entry.occurrences.retain(|place| place.repository == "shop");
    let settled = world.settle(entry);
    insta::assert_snapshot!(show(&settled), @r#"
    /bil001/prod /bil001/service/prod/db-password [bil001 prod @billing] retire by not-found
    /ord001/prod /ord001/service/prod/db-password [ord001 prod @orders] relocate by at-head
    "#);
    assert_eq!(settled[0].decision.outcome, Outcome::Retire);
}

fn any_place() -> impl Strategy<Value = Occurrence> {
    let repository = prop::sample::select(vec!["shop", "billing", "mono", "unknown"]);
    let path = prop::sample::select(vec!["prod/a.yml", "a/dev/b.yml", "b/x", "a/prod/y"]);
    (repository, path, 1..4u64, any::<bool>()).prop_map(|(repository, path, line, head)| {
        let mut place = place(repository, path);
        place.line = line;
        if !head {
            place.at_head = false;
            place.origin = Origin::Blob;
        }
        place
    })
}

proptest! {
    /// The facts and the name of a use are those that it would have if there were no other use.
    #[test]
    fn no_fact_of_a_use_reaches_another_one(
        places in prop::collection::btree_set(any_place(), 1..6),
        is_weak: bool,
    ) {
        let mut it = secret(1, "DB_PASSWORD", &[]);
        it.occurrences = places.into_iter().collect();
        it.exposure = exposure(&it.occurrences);
        for place in &mut it.occurrences {
            place.is_weak = is_weak;
        }
        let separate = format!("  {ID}: {{ uses: separate, by: j }}\n");
        let world = World::new(REGISTRY, &separate);
        for part in world.settle(it) {
            let mut alone = secret(1, "DB_PASSWORD", &[]);
            alone.occurrences = part.occurrences.clone();
            alone.exposure = exposure(&alone.occurrences);
            let alone = world.settle(alone);
            prop_assert_eq!(alone.len(), 1);
            prop_assert_eq!(&alone[0].metadata, &part.metadata);
            prop_assert_eq!(&alone[0].decision, &part.decision);
            prop_assert_eq!(&alone[0].context, &part.context);
        }
    }
}
