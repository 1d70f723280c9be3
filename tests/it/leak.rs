//! No output and no file contains a value, raw or in another spelling, unless `--show-secrets` asks for it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::support::stdout_terminal::on_terminal;
use crate::support::test_env::{TestEnv, made_up, password, token};

/// A part of a value this long is as good as the value.
const PART: usize = 10;

/// Values of every shape that a rule can find, each with its name in the messages of this test.
fn plant(env: &TestEnv) -> BTreeMap<&'static str, String> {
    let mut planted = BTreeMap::new();
    let mut add = |name, value: String| {
        planted.insert(name, value.clone());
        value
    };
    let repo = env.repo("shop");
    let at_head = add("a token at HEAD", token(1));
    repo.write("src/app.py", format!("token = '{at_head}'\n"));
    let odd = add(
        "a password with signs of URLs and of markup",
        made_up(2, "W&n<<>>+t/er%<<alnum 9>>=é\"'"),
    );
    repo.write(
        "config/app.yml",
        format!("db_password: {odd:?}\ndb_user: shop\n"),
    );
    let escaped = add(
        "a password in an escaped string",
        made_up(3, "q<<>>R\t<<alnum 12>>\\z"),
    );
    repo.write(
        "config/app.json",
        serde_json::json!({ "password": escaped }).to_string(),
    );
    let in_uri = add("a password in a URI", made_up(4, "Or<<>>ders!<<alnum 9>>"));
    repo.write(
        "config/db.toml",
        format!(
            "url = \"postgres://orders:{}@db.internal:5432/orders\"\n",
            percent(&in_uri)
        ),
    );
    let key = add("a private key", made_up(5, "<<base64lines 6>>"));
    repo.write(
        "keys/id",
        format!("-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----\n"),
    );
    let (user, both) = (
        add("a token as the user of a URI", token(20)),
        add("a token before a known password", token(21)),
    );
    repo.write(
        "clone.sh",
        format!(
            "git clone https://{user}@github.com/acme/shop\nurl=https://{both}:x-oauth-basic@github.com/acme/shop\n"
        ),
    );
    // The second is in the context of the first.
    let (one, two) = (
        add("the first on its line", password(6)),
        add("the second on its line", password(7)),
    );
    repo.write(
        "run.sh",
        format!("export API_PASSWORD='{one}' MAIL_PASSWORD='{two}'\n"),
    );
    let binary = add("a token in a binary file", token(8));
    repo.write("blob.bin", [b"\0\x01 ", binary.as_bytes(), b"\0"].concat());
    let said = add("a token in the message of a commit", token(9));
    repo.commit(&format!("Deploy with {said}"));
    let historic = add("a token only in history", token(10));
    repo.write("old.py", format!("token = '{historic}'\n"))
        .commit("old");
    repo.remove("old.py").commit("and away");
    let tagged = add("a token in the message of a tag", token(11));
    repo.git(&[
        "tag",
        "--annotate",
        "--message",
        &format!("Published with {tagged}"),
        "v1",
    ]);
    let noted = add("a token in a note", token(12));
    repo.git(&[
        "notes",
        "add",
        "--message",
        &format!("Seen {noted}"),
        "HEAD",
    ]);
    let staged = add("a token only in the index", token(13));
    repo.write("staged.py", format!("token = '{staged}'\n"));
    repo.git(&["add", "staged.py"]);
    repo.remove("staged.py");
    let untracked = add("a password nobody committed", password(14));
    repo.write("local.properties", format!("api.password={untracked}\n"));
    // Not found: it is in git's configuration, which gives the name of the repository.
    let remote = add("a token in the URL of the remote", token(15));
    repo.git(&[
        "remote",
        "add",
        "origin",
        &format!("https://ci:{remote}@github.example.com/acme/shop.git"),
    ]);
    let encoded = add("a password behind base64", password(18));
    let settings = format!("user=shop\nsmtp_password={encoded}\nhost=mail.example.com\n");
    repo.write(
        "config/settings.yml",
        format!("mail: {}\n", STANDARD.encode(&settings)),
    );
    let packed = add("a password behind hex", password(19));
    let digits: String = format!("smtp_password={packed} ; x")
        .bytes()
        .map(|b| format!("{b:02x}"))
        .collect();
    repo.write("config/hex.yml", format!("mail: {digits}\n"));
    let wide = add("a password in UTF-16", password(22));
    let text = format!("[mail]\r\nuser=shop\r\npassword={wide}\r\n");
    repo.write(
        "config/mail.ini",
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>(),
    );
    let markup = add("a password in escaped markup", password(23));
    repo.write(
        "config/job.xml",
        format!("<job data='{{&quot;password&quot;:&quot;{markup}&quot;}}'/>\n"),
    );
    let rejected = add(
        "a token with a wrong checksum",
        made_up(16, "ghp<<>>_<<alnum 36>>"),
    );
    repo.write("rejected.py", format!("# like {rejected}, which is none\n"));
    // Something unreadable, to have messages of that, too.
    let broken = repo.git_with_input(
        &["hash-object", "-w", "--stdin"],
        format!("x = '{}'\n", token(17)).as_bytes(),
    );
    repo.write(
        &format!(".git/objects/{}/{}", &broken[..2], &broken[2..]),
        "",
    );
    planted
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Every text that reveals a part of the value: raw, escaped, percent-encoded, in hex, in base64, in UTF-16.
fn spellings(value: &str) -> Vec<Vec<u8>> {
    // What is fixed of a token is shown.
    let value = value
        .strip_prefix("ghp_")
        .unwrap_or(value)
        .replace('\n', "");
    let mut spellings = Vec::new();
    let bytes = value.as_bytes();
    for part in bytes.windows(PART.min(bytes.len())) {
        let hex: String = part.iter().map(|b| format!("{b:02x}")).collect();
        spellings.extend([
            part.to_vec(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
        ]);
        spellings.push(
            part.iter()
                .map(|b| format!("%{b:02X}"))
                .collect::<String>()
                .into_bytes(),
        );
        spellings.push(
            part.iter()
                .map(|b| format!("&#{b};"))
                .collect::<String>()
                .into_bytes(),
        );
        spellings.push(part.iter().flat_map(|&b| [b, 0]).collect());
        if let Ok(text) = std::str::from_utf8(part) {
            spellings.push(percent(text).into_bytes());
            spellings.push(
                serde_json::to_string(text)
                    .unwrap()
                    .trim_matches('"')
                    .into(),
            );
            spellings.push(text.escape_default().to_string().into());
            spellings.push(text.escape_unicode().to_string().into());
        }
        // Wherever it begins in a longer text, these groups of three bytes are the same.
        for engine in [&STANDARD, &URL_SAFE] {
            spellings.push(engine.encode(&part[..part.len() / 3 * 3]).into());
        }
    }
    spellings.sort();
    spellings.dedup();
    spellings
}

#[track_caller]
fn assert_none(planted: &BTreeMap<&str, Vec<Vec<u8>>>, place: &str, text: &[u8]) {
    for (name, spellings) in planted {
        for spelling in spellings {
            if memchr::memmem::find(text, spelling).is_some() {
                panic!(
                    "{name} is in {place}, as {}",
                    String::from_utf8_lossy(spelling)
                );
            }
        }
    }
}

/// Every file but those of the repository.
#[track_caller]
fn assert_none_on_disk(env: &TestEnv, planted: &BTreeMap<&str, Vec<Vec<u8>>>) -> usize {
    let files = env.all_files();
    let others: Vec<_> = files
        .iter()
        .filter(|(path, _)| !path.starts_with(env.path("shop")))
        .collect();
    for (path, content) in &others {
        assert_none(planted, &path.display().to_string(), content);
        assert_none(
            planted,
            "the name of a file",
            path.to_string_lossy().as_bytes(),
        );
    }
    others.len()
}

const FORMATS: [&str; 5] = ["text", "json", "jsonl", "csv", "sarif"];

#[test]
fn no_value_gets_out_unless_asked_for() {
    let env = TestEnv::new();
    let planted = plant(&env);
    let spelt: BTreeMap<&str, Vec<Vec<u8>>> = planted
        .iter()
        .map(|(name, value)| (*name, spellings(value)))
        .collect();

    // All of them are found, except the one that is no secret.
    let (rows, _) = env.scan_exits(3, &["shop"]);
    for (name, value) in &planted {
        let found = rows.iter().any(|row| {
            row.secret
                .as_deref()
                .is_some_and(|found| found.contains(value.as_str()))
        });
        assert_eq!(found, *name != "a token with a wrong checksum", "{name}");
    }

    let check = |args: &[&str], code: i32| {
        let ran = env.keyferry(args).exits(code);
        for (place, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            assert_none(&spelt, &format!("{place} of {args:?}"), text.as_bytes());
        }
        ran
    };
    for format in FORMATS {
        let said = check(
            &["scan", "--confidence", "low", "--format", format, "shop"],
            3,
        );
        assert!(
            said.stdout.contains("github-personal-token") || format == "text",
            "{format} reports"
        );
        let name = format!("report.{format}");
        check(
            &[
                "scan",
                "--confidence",
                "low",
                "--format",
                format,
                "--output",
                &name,
                "shop",
            ],
            3,
        );
        assert!(env.path(&name).exists());
    }
    for columns in [40, 80, 400] {
        let args = ["scan", "--confidence", "low", "shop"];
        let screen = on_terminal(&mut env.program(&args), columns)
            .exits(3)
            .stdout;
        assert!(screen.contains("^^^^"), "{screen}");
        assert_none(
            &spelt,
            &format!("a terminal of {columns} columns"),
            screen.as_bytes(),
        );
    }
    check(&["scan", "--no-history", "--everything", "shop"], 1);
    check(&["scan", "--history-only", "shop"], 3);
    check(&["discover", "--confidence", "low", "shop"], 3);
    check(&["discover", "shop"], 3);
    check(
        &[
            "scan",
            "--inventory",
            "inventory",
            "--format",
            "json",
            "shop",
        ],
        3,
    );
    check(
        &[
            "plan",
            "--offline",
            "--account",
            "123456789012",
            "--region",
            "eu-west-1",
        ],
        1,
    );
    for format in ["text", "json", "jsonl", "csv", "ids"] {
        check(&["list", "--format", format], 0);
    }
    let ids = check(&["list", "--format", "ids"], 0).stdout;
    assert!(ids.lines().count() > 10, "{ids}");
    for id in ids.lines() {
        for format in ["text", "json"] {
            check(&["show", "--all", "--show-ids", "--format", format, id], 0);
        }
    }
    for (file, lines) in [
        ("src/app.py", 1),
        ("config/app.yml", 2),
        ("config/app.json", 1),
        ("config/db.toml", 1),
        ("run.sh", 1),
        ("clone.sh", 2),
        ("keys/id", 8),
        ("blob.bin", 1),
        ("local.properties", 1),
        ("rejected.py", 1),
        ("config/settings.yml", 1),
        ("config/hex.yml", 1),
        ("config/mail.ini", 3),
        ("config/job.xml", 1),
    ] {
        for line in 1..=lines {
            check(&["explain", &format!("shop/{file}:{line}")], 0);
        }
    }
    let checked = assert_none_on_disk(&env, &spelt);
    assert!(
        checked >= FORMATS.len() + 6,
        "reports, keys, inventory and plan: only {checked} files"
    );

    // SARIF goes to other people's servers: not even when asked for.
    check(&["scan", "--format", "sarif", "--show-secrets", "shop"], 3);
}

/// The name of a place is part of every finding at it.
#[test]
fn no_value_gets_out_by_the_name_of_its_place() {
    let env = TestEnv::new();
    let (folder, user, author, branch, path, remote) = (
        token(1),
        password(2),
        made_up(3, "q<<alnum 14>>7"),
        made_up(4, "q<<alnum 14>>7"),
        password(5),
        token(6),
    );
    let repo = env.repo(&format!("fleet/{folder}"));
    repo.git(&[
        "remote",
        "add",
        "origin",
        &format!("https://git.example.com/{remote}/shop?token={user}"),
    ]);
    let settings = [&author, &branch, &path, &user]
        .map(|value| format!("password: \"{value}\"\n"))
        .concat();
    repo.write(&format!("config/{path}/app.yml"), &settings);
    repo.git(&["add", "--all"]);
    // A URI is of medium confidence.
    repo.git(&[
        "-c",
        &format!("user.name=https://ci:{user}@git.example.com/"),
        "commit",
        "--quiet",
        "--message",
        "one",
    ]);
    repo.write("b.yml", &settings);
    repo.git(&["add", "--all"]);
    repo.git(&[
        "-c",
        &format!("user.name={author}"),
        "commit",
        "--quiet",
        "--message",
        "two",
    ]);
    repo.git(&["branch", &format!("for-{branch}")]);
    let planted = [&folder, &user, &author, &branch, &path, &remote];
    let spelt: BTreeMap<&str, Vec<Vec<u8>>> =
        ["folder", "user", "author", "branch", "path", "remote"]
            .into_iter()
            .zip(planted.map(|v| spellings(v)))
            .collect();

    let check = |args: &[&str], code: i32| {
        let ran = env.keyferry(args).exits(code);
        assert_none(
            &spelt,
            &format!("stdout of {args:?}"),
            ran.stdout.as_bytes(),
        );
        assert_none(
            &spelt,
            &format!("stderr of {args:?}"),
            ran.stderr.as_bytes(),
        );
        ran.stdout
    };
    for confidence in ["low", "medium", "high"] {
        for format in FORMATS {
            let said = check(
                &[
                    "scan",
                    "--confidence",
                    confidence,
                    "--format",
                    format,
                    "fleet",
                ],
                1,
            );
            assert!(said.contains("fleet/ghp_…"), "{said}");
        }
    }
    check(&["discover", "--confidence", "high", "fleet"], 0);
    check(
        &[
            "plan",
            "--offline",
            "--account",
            "123456789012",
            "--region",
            "eu-west-1",
        ],
        1,
    );
    check(&["list", "--format", "json"], 0);
    for id in check(&["list", "--format", "ids"], 0).lines() {
        check(&["show", "--all", id], 0);
        check(&["show", "--all", "--format", "json", id], 0);
    }
    for (file, content) in env
        .all_files()
        .iter()
        .filter(|(file, _)| !file.starts_with(env.path("fleet")))
    {
        // Where a repository is must be known, or nothing of it can be read again.
        let lines: Vec<_> = content
            .split(|&b| b == b'\n')
            .filter(|line| !line.starts_with(b"    location: "))
            .collect();
        assert_none(&spelt, &file.display().to_string(), &lines.join(&b'\n'));
    }
}

#[test]
fn the_search_for_leaks_would_find_them() {
    let env = TestEnv::new();
    let planted = plant(&env);
    for (name, value) in &planted {
        let body = value
            .strip_prefix("ghp_")
            .unwrap_or(value)
            .replace('\n', "");
        let found = |text: &str| {
            spellings(value)
                .iter()
                .any(|one| memchr::memmem::find(text.as_bytes(), one).is_some())
        };
        assert!(found(&body) && !found("nothing of the kind"), "{name}");
        assert!(found(&percent(&body)), "{name}");
        for shift in ["", "a", "ab"] {
            assert!(found(&STANDARD.encode(format!("{shift}{body}"))), "{name}");
            assert!(found(&URL_SAFE.encode(format!("{shift}{body}"))), "{name}");
        }
        let hex: String = body.bytes().map(|b| format!("{b:02x}")).collect();
        assert!(found(&hex) && found(&hex.to_uppercase()), "{name}");
        assert!(found(&serde_json::to_string(&body).unwrap()), "{name}");
    }
}

#[test]
fn values_that_are_asked_for_are_in_one_place_alone() {
    let env = TestEnv::new();
    let planted = plant(&env);
    let spelt: BTreeMap<&str, Vec<Vec<u8>>> = planted
        .iter()
        .map(|(name, value)| (*name, spellings(value)))
        .collect();
    for format in FORMATS {
        let name = format!("report.{format}");
        let ran = env
            .keyferry(&[
                "scan",
                "--show-secrets",
                "--format",
                format,
                "--output",
                &name,
                "shop",
            ])
            .exits(3);
        assert_none(&spelt, "stdout", ran.stdout.as_bytes());
        assert_none(&spelt, "stderr", ran.stderr.as_bytes());
        let content = std::fs::read(env.path(&name)).unwrap();
        let shown = memchr::memmem::find(&content, planted["a token at HEAD"].as_bytes()).is_some();
        assert_eq!(shown, format != "sarif", "{format}");
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(env.path(&name)).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(env.path(&name)).unwrap();
        assert_none_on_disk(&env, &spelt);
    }
}
