//! The whole attack: a repository with a reference to a victim that is no target, from the scan into the account. Nothing of
//! the victim arrives anywhere, whether the reference was there from the beginning or came between `discover` and `import`.

use std::collections::BTreeSet;
use std::path::Path;

use super::references::{Kind, copy, relative};
use super::{attacker, canaries, line, victim};
use crate::support::account_road::AccountRoad;
use crate::support::planted_secrets::FACTS;
use crate::support::test_env::{Repo, TestEnv, files_below, token};

/// An attacker's repository, a victim, and an account.
struct Attack(AccountRoad);

impl Attack {
    fn new() -> Self {
        let road = AccountRoad::new(TestEnv::new());
        attacker(&road.env, "original");
        Self(road)
    }

    /// The attacker's repository as it was at first, an empty account and no inventory.
    fn fresh(&self) -> Repo<'_> {
        self.0.moto.reset();
        for folder in ["many", "put-away", "inventory"] {
            let _ = std::fs::remove_dir_all(self.0.env.path(folder));
        }
        copy(&self.0.env.path("original"), &self.0.env.path("many/shop"));
        self.0.env.open("many/shop")
    }

    /// Runs a command, which may fail. Nothing of the victim is in its output.
    fn keyferry(&self, args: &[&str], case: &str) -> String {
        let ran = self.0.env.keyferry_with(args, &self.0.variables());
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.code != 101 && !said.contains("a defect of keyferry"),
            "{case}: {said}"
        );
        for canary in canaries() {
            assert!(!said.contains(&canary), "{case}: {said}");
        }
        said
    }

    fn decide_to_relocate(&self) {
        let mut ids = BTreeSet::new();
        for bytes in files_below(&self.0.env.path("inventory")).values() {
            let text = String::from_utf8_lossy(bytes);
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            ids.extend(
                words
                    .filter(|word| word.starts_with("s-") && word.len() == 26)
                    .map(str::to_owned),
            );
        }
        let lines = ids
            .iter()
            .map(|id| format!("  {id}: {{outcome: relocate, reason: Used, by: a@example.com}}\n"));
        let text = format!("schema: 1\ndecisions:\n{}", lines.collect::<String>());
        self.0.env.write("inventory/decisions.yaml", text);
    }

    fn discover_and_plan(&self, case: &str) {
        self.keyferry(&[&["discover", "many/shop"][..], &FACTS].concat(), case);
        self.decide_to_relocate();
        self.keyferry(&["plan"], case);
    }

    /// Imports, and returns the values of the attacker that arrived. Nothing of the victim is in the account, in the
    /// inventory, the plan, the journal or any other file.
    fn import(&self, case: &str) -> BTreeSet<u32> {
        self.keyferry(&["import", "--dry-run"], case);
        self.keyferry(&["import", "--yes", "--rate", "50"], case);
        let own = [1, 2].map(token);
        let mut arrived = BTreeSet::new();
        for (name, value) in self.0.moto.values() {
            let index = own.iter().position(|own| own.as_bytes() == value);
            let index =
                index.unwrap_or_else(|| panic!("{case}: {name} has a value of somebody else"));
            arrived.insert(1 + index as u32);
        }
        for (path, bytes) in files_below(self.0.env.root()) {
            let is_of_victim = path.starts_with(self.0.env.path("victim"));
            for canary in canaries() {
                let held = memchr::memmem::find(&bytes, canary.as_bytes()).is_some();
                assert!(is_of_victim || !held, "{case}: {}", path.display());
            }
        }
        arrived
    }
}

fn reference(kind: &Kind, shop: &Repo, victim: &Path) {
    kind.put(
        shop,
        &relative(&kind.base(&shop.root), &kind.destination(victim)),
    );
}

#[test]
fn nothing_of_a_victim_arrives_in_the_account() {
    let attack = Attack::new();
    let victim = victim(&attack.0.env, "victim");
    for kind in Kind::all(&victim) {
        let case = format!("{kind:?}");
        let shop = attack.fresh();
        reference(&kind, &shop, &victim.root);
        attack.keyferry(&["scan", "many/shop", "--show-secrets"], &case);
        attack.discover_and_plan(&case);
        let arrived = attack.import(&case);
        assert!(
            arrived.contains(&1),
            "{case}: the value of a file is imported"
        );
    }
}

#[test]
fn a_reference_that_comes_after_discover_leads_nowhere() {
    let attack = Attack::new();
    let victim = victim(&attack.0.env, "victim");
    // The victim has the attacker's values, too: in the same object, and in the same file. Reading them there would succeed.
    victim
        .write("gone.py", line(2))
        .write("a.py", line(1))
        .commit("the same");
    victim.git(&["repack", "-a", "-d", "-q"]);
    let mut gained = 0;
    for kind in Kind::all(&victim) {
        let case = format!("{kind:?} afterwards");
        let shop = attack.fresh();
        attack.discover_and_plan(&case);
        // Now its own objects are gone, as far as the reference does not need them.
        for (path, _) in files_below(&shop.root.join(".git/objects")) {
            std::fs::remove_file(path).unwrap();
        }
        reference(&kind, &shop, &victim.root);
        let arrived = attack.import(&case);
        assert!(
            arrived.contains(&1),
            "{case}: the value of a file is imported"
        );
        assert!(
            !arrived.contains(&2),
            "{case}: the value is read from the victim"
        );
        gained += arrived.len();
    }
    assert!(gained > 0);
    // Without the removal, it would be imported.
    let _ = attack.fresh();
    attack.discover_and_plan("unchanged");
    assert_eq!(attack.import("unchanged"), BTreeSet::from([1, 2]));
}
