//! An attacker has the inventory, the plan and the reports, but not the key. The attacker knows everything about the
//! repository but the value, and guesses it.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use keyferry::finding::{Occurrence, Origin};
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::secret::{SecretValue, hex};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::support::inventory_files::{bytes, write_first_version};
use crate::support::test_env::TestEnv;
use crate::support::value_reading::read_again;

/// The file with the value, which has no other secret in it.
fn file_with(value: &str) -> String {
    format!("DB_HOST=db.internal\nDB_USER=orders\nDB_PASSWORD={value}\nDB_PORT=5432\n")
}

/// A password that people choose.
fn chosen(word: &str, rest: &str) -> String {
    [word, rest].concat()
}

/// A repository with one commit, with the value in its only file; and another commit, by which the file is gone or
/// not.
fn shop(env: &TestEnv, value: &str, gone: bool) {
    let repo = env.repo("shop");
    repo.write("prod.env", file_with(value)).commit("Settings");
    if gone {
        repo.remove("prod.env").commit("Away with it");
    }
}

/// Everything that a run of the program writes or says, by name.
fn outputs(env: &TestEnv, options: &[&str]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut say = |name: &str, ran: crate::support::test_env::Ran| {
        out.insert(format!("{name} stdout"), ran.stdout);
        out.insert(format!("{name} stderr"), ran.stderr);
    };
    say(
        "discover",
        env.keyferry(&["discover", "shop", "--set", "appid=ord001"]),
    );
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    say("plan", env.keyferry(&plan));
    say(
        "plan json",
        env.keyferry(&[&plan[..], &["--format", "json"]].concat()),
    );
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let scan = ["scan", "--format", format, "shop"];
        say(format, env.keyferry(&[&scan, options].concat()));
    }
    for (path, content) in bytes(env) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        out.insert(name, String::from_utf8(content).unwrap());
    }
    out
}

/// Hashes of `kind` and `content` as git makes them.
fn git_ids(kind: &str, content: &[u8]) -> [Vec<u8>; 2] {
    let object = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
    [
        Sha1::digest(&object).to_vec(),
        Sha256::digest(&object).to_vec(),
    ]
}

/// The attacker. Everything that can be computed of a guess without the key is looked for in the outputs.
struct Guesser {
    /// All runs of eight hex digits in the outputs.
    digits: BTreeSet<[u8; 8]>,
    /// The first commit, with the id of its tree in front.
    commit: (String, String),
    /// Keys that anybody can make.
    keys: Vec<InventoryKey>,
}

impl Guesser {
    fn new(env: &TestEnv, outputs: &BTreeMap<String, String>) -> Self {
        let text: Vec<u8> = outputs
            .values()
            .flat_map(|text| text.to_ascii_lowercase().into_bytes())
            .collect();
        let hex_runs = text
            .windows(8)
            .filter(|run| run.iter().all(u8::is_ascii_hexdigit));
        let repo = env.open("shop");
        let first = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
        let tree = repo.git(&["rev-parse", &format!("{first}^{{tree}}")]);
        let commit = repo.git(&["cat-file", "commit", &first]);
        let rest = commit.split_once('\n').unwrap().1.to_owned();
        assert!(commit.starts_with(&format!("tree {tree}\n")));
        let identity = &outputs["keyferry.yaml"];
        let fields = ["id", "key_check"].map(|field| {
            let line = identity
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{field}: ")));
            line.unwrap().trim_matches('\'').to_owned()
        });
        let keys = fields
            .iter()
            .map(|text| Sha256::digest(text.as_bytes()).into())
            .chain([[0; 32], [255; 32]]);
        Self {
            digits: hex_runs.map(|run| run.try_into().unwrap()).collect(),
            commit: (tree, rest + "\n"),
            keys: keys.map(InventoryKey::from_bytes).collect(),
        }
    }

    /// Whether something in the outputs confirms `guess`. Wrong guesses are not tried: eight digits of one of their
    /// many hashes may occur by chance.
    fn confirms(&self, guess: &str) -> bool {
        let known = |hash: &Vec<u8>| self.digits.contains(&hex(&hash[..4]).as_bytes()[..8]);
        self.hashes(guess).iter().any(known)
    }

    fn hashes(&self, guess: &str) -> Vec<Vec<u8>> {
        let text = file_with(guess);
        let mut hashes = Vec::new();
        for content in [guess, &format!("{guess}\n"), &text] {
            hashes.push(Sha1::digest(content).to_vec());
            hashes.push(Sha256::digest(content).to_vec());
            hashes.extend(git_ids("blob", content.as_bytes()));
        }
        // The tree that has this file alone, and the commit of that tree.
        let [blob, _] = git_ids("blob", text.as_bytes());
        let [tree, _] = git_ids("tree", &[b"100644 prod.env\0", &blob[..]].concat());
        let [commit, _] = git_ids(
            "commit",
            format!("tree {}\n{}", hex(&tree), self.commit.1).as_bytes(),
        );
        hashes.extend([tree, commit]);
        let value = SecretValue::new(guess.into());
        for key in &self.keys {
            hashes.push(key.fingerprint(&value).0.to_vec());
            let id = key.secret_id(&value);
            hashes.push(
                id.as_str().as_bytes()[2..]
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                    .collect(),
            );
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
        mac.update(guess.as_bytes());
        hashes.push(mac.finalize().into_bytes().to_vec());
        hashes
    }
}

#[test]
fn nobody_confirms_a_guess_without_the_key() {
    let right = chosen("Sunshine", "42!");
    for gone in [false, true] {
        let env = TestEnv::new();
        shop(&env, &right, gone);
        let outputs = outputs(&env, &[]);
        assert!(outputs["shop.jsonl"].contains(r#""path":"prod.env""#));
        assert!(outputs["sarif stdout"].contains("prod.env"));
        let guesser = Guesser::new(&env, &outputs);
        // The attacker computes the ids as git does.
        let tree = |guess: &str| {
            guesser
                .hashes(guess)
                .iter()
                .any(|hash| hex(hash) == guesser.commit.0)
        };
        assert!(tree(&right) && !tree("other"));
        assert!(!guesser.confirms(&right));
    }
}

/// The same attacker succeeds where the ids are in plain text: the test sees what it should see.
#[test]
fn where_ids_are_shown_a_guess_is_confirmed() {
    let right = chosen("Sunshine", "42!");
    let env = TestEnv::new();
    shop(&env, &right, false);
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        env.keyferry(&["discover", "shop"]).exits(0);
        let identity = bytes(&env)
            .into_iter()
            .find(|(path, _)| path.ends_with("keyferry.yaml"));
        let mut seen = BTreeMap::from([(
            "keyferry.yaml".to_owned(),
            String::from_utf8(identity.unwrap().1).unwrap(),
        )]);
        let ran = env
            .keyferry(&["scan", "--show-ids", "--format", format, "shop"])
            .exits(1);
        seen.insert("report".to_owned(), ran.stdout);
        assert!(Guesser::new(&env, &seen).confirms(&right), "{format}");
    }
    write_first_version(&env);
    let first = bytes(&env).into_iter().map(|(path, content)| {
        (
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            String::from_utf8(content).unwrap(),
        )
    });
    assert!(Guesser::new(&env, &first.collect()).confirms(&right));
}

/// Two runs that differ in nothing but the value write the same, but for what the key has made of it. The coverage
/// report counts bytes.
#[test]
fn outputs_depend_on_the_value_by_the_key_alone() {
    let masks = [
        (r"s-[0-9a-f]{24}", "ID"),
        (r"\b[0-9a-f]{64}\b", "HMAC"),
        (r"sealed:[A-Za-z0-9_-]{192}", "SEALED"),
        (r"\d+ B\b", "BYTES"),
        (r#""bytes": \d+"#, "BYTES"),
        (r"[0-9a-f]{32}\.key", "KEY"),
        (r"id: '?[0-9a-f]{32}'?", "INVENTORY"),
        (r#""inventory": "[0-9a-f]{32}""#, "INVENTORY"),
        (r"key_check: '?[0-9a-f]{16}'?", "CHECK"),
        (r"/tmp/\.tmp\w+", "FOLDER"),
    ];
    let masks = masks.map(|(pattern, mask)| (regex::Regex::new(pattern).unwrap(), mask));
    for gone in [false, true] {
        let runs = [chosen("Sunshine", "42!"), chosen("Moonshine", "7351!")].map(|value| {
            let env = TestEnv::new();
            shop(&env, &value, gone);
            let mut outputs = outputs(&env, &[]);
            for text in outputs.values_mut() {
                for (pattern, mask) in &masks {
                    *text = pattern.replace_all(text, *mask).into_owned();
                }
            }
            outputs
        });
        for (name, text) in &runs[0] {
            assert_eq!(*text, runs[1][name], "{name}");
        }
    }
}

/// The journal and the messages of an import have the error of a value that cannot be read again.
#[test]
fn an_error_of_reading_again_tells_no_id_and_no_length() {
    let env = TestEnv::new();
    shop(&env, &chosen("Sunshine", "42!"), true);
    let location = env.path("shop");
    let repo = env.open("shop");
    let first = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let blob = repo.git(&["rev-parse", &format!("{first}:prod.env")]);
    let mut place = Occurrence::at("shop", "prod.env", Origin::Blob).bytes(40..4321);
    place.blob = Some(blob.clone());
    let error = |place: &Occurrence| {
        let read = read_again(&location, place, |_| false);
        read.unwrap_err().to_string()
    };
    let short = error(&place);
    let missing = "12ab".repeat(10);
    place.blob = Some(missing.clone());
    let gone = error(&place);
    assert!(short.contains("shorter") && gone.contains("no such object"));
    for error in [short, gone] {
        let told = [&blob[..7], &missing[..7], "40", "4321"];
        assert!(!told.iter().any(|part| error.contains(part)), "{error}");
    }
}
