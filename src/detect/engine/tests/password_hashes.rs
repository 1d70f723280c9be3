//! A matrix of the hashes of passwords: each notation in several forms of files and languages. Each is found whole, as a
//! hash, with low confidence, and never as a password.

use crate::detect::decode::base64;
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::library::Library;
use crate::finding::{Confidence, Kind, Syntax};

/// Notations of hashes.
const HASHES: [&str; 22] = [
    "$1$<<alnum 8>>$<<alnum 22>>",
    "$apr1$<<alnum 8>>$<<alnum 22>>",
    "$5$<<alnum 16>>$<<alnum 43>>",
    "$6$rounds=656000$<<alnum 16>>$<<alnum 86>>",
    "$y$j9T$<<alnum 22>>$<<alnum 43>>",
    "$2a$08$<<alnum 53>>",
    "$2b$12$<<alnum 53>>",
    "$2y$10$<<alnum 53>>",
    "$argon2id$v=19$m=65536,t=3,p=4$<<alnum 22>>$<<alnum 43>>",
    "{SSHA}<<alnum 31>>=",
    "{SHA}<<alnum 27>>=",
    "{SSHA512}<<alnum 96>>",
    "$8$<<alnum 14>>$<<alnum 43>>",
    "$9$<<alnum 14>>$<<alnum 43>>",
    "pbkdf2_sha256$720000$<<alnum 22>>$<<alnum 43>>=",
    "pbkdf2:sha256:600000$<<alnum 16>>$<<hex 64>>",
    "$pbkdf2-sha512$25000$<<alnum 22>>$<<alnum 86>>",
    "scrypt:32768:8:1$<<alnum 16>>$<<hex 128>>",
    "SCRAM-SHA-256$4096:<<alnum 22>>==$<<alnum 43>>=:<<alnum 43>>=",
    "$P$B<<alnum 30>>",
    "md5<<hex 32>>",
    "*<<HEX 40>>",
];

/// Places of hashes that are no login files, with the name in front of the value.
const FORMS: [(Syntax, &str); 14] = [
    (Syntax::Yaml, "a:\n  NAME: 'VALUE'\n"),
    (Syntax::Yaml, "a:\n  NAME: \"VALUE\"\n"),
    (Syntax::Json, "{\"NAME\": \"VALUE\"}\n"),
    (
        Syntax::Json,
        "{\"user\": \"jane\", \"host\": \"db1\", \"NAME\": \"VALUE\"}\n",
    ),
    (Syntax::Toml, "[a]\nNAME = \"VALUE\"\n"),
    (Syntax::Ini, "[a]\nNAME = VALUE\n"),
    (Syntax::Properties, "a.NAME=VALUE\n"),
    (Syntax::Dotenv, "NAME='VALUE'\n"),
    (Syntax::Xml, "<a><NAME>VALUE</NAME></a>\n"),
    (Syntax::Xml, "<user name=\"jane\" NAME=\"VALUE\"/>\n"),
    (Syntax::Python, "NAME = 'VALUE'\n"),
    (Syntax::JavaScript, "const a = { NAME: 'VALUE' };\n"),
    (Syntax::Php, "<?php\nreturn ['NAME' => 'VALUE'];\n"),
    (Syntax::Hcl, "NAME = \"VALUE\"\n"),
];

fn engine() -> Engine {
    Engine::new(Library::builtin().compile(false).unwrap(), 0)
}

/// The matches of a text: value, kind and confidence.
fn found(engine: &Engine, text: &str, syntax: Syntax) -> Vec<(String, Kind, Confidence)> {
    let matches = engine.scan(Text::new(text.as_bytes(), syntax)).matches;
    let parts = matches.into_iter().map(|found| {
        let value = String::from_utf8_lossy(found.value.expose()).into_owned();
        (value, found.kind, found.confidence)
    });
    parts.collect()
}

#[test]
fn hashes_under_the_names_of_passwords_are_hashes() {
    let engine = engine();
    let mut wrong = Vec::new();
    for hash in HASHES {
        let value = expand(hash).unwrap();
        for name in ["password", "hashed_password", "db_password"] {
            for (syntax, form) in FORMS {
                let text = form.replace("NAME", name).replace("VALUE", &value);
                let expected = [(value.clone(), Kind::PasswordHash, Confidence::Low)];
                let found = found(&engine, &text, syntax);
                if found != expected {
                    wrong.push((text, found));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them: {wrong:#?}", wrong.len());
}

#[test]
fn hashes_are_found_in_the_files_of_logins() {
    let engine = engine();
    for line in [
        "root:[$6$<<alnum 16>>$<<alnum 86>>]:19834:0:99999:7:::",
        "jane:[$y$j9T$<<alnum 22>>$<<alnum 43>>]:19834:0:99999:7:::",
        "jane:[$1$<<alnum 8>>$<<alnum 22>>]:1001:1001:Jane:/home/jane:/bin/sh",
        "jane:[$apr1$<<alnum 8>>$<<alnum 22>>]",
        "jane:[{SHA}<<alnum 27>>=]",
        "jane:[$2y$05$<<alnum 53>>]",
        "userPassword: [{SSHA}<<alnum 31>>=]",
        "olcRootPW: [{SSHA}<<alnum 31>>=]",
        "enable secret 5 [$1$<<alnum 4>>$<<alnum 22>>]",
        "username ops privilege 15 secret 9 [$9$<<alnum 14>>$<<alnum 43>>]",
        "ALTER ROLE app PASSWORD '[SCRAM-SHA-256$4096:<<alnum 22>>==$<<alnum 43>>=:<<alnum 43>>=]';",
        "ALTER ROLE app PASSWORD '[md5<<hex 32>>]';",
        "\"app\" \"[md5<<hex 32>>]\"",
        "SET PASSWORD FOR 'app'@'%' = '[*<<HEX 40>>]';",
        "GRANT ALL ON a.* TO 'app'@'%' IDENTIFIED BY PASSWORD '[*<<HEX 40>>]';",
        "password_pbkdf2 root [grub.pbkdf2.sha512.10000.<<HEX 128>>.<<HEX 128>>]",
        "Administrator:500:<<hex 32>>:[<<hex 32>>]:::",
        "rootpw --iscrypted [$6$<<alnum 16>>$<<alnum 86>>]",
        "users: [{name: jane, passwd: '[$6$<<alnum 16>>$<<alnum 86>>]'}]",
    ] {
        let open = line.rfind(['[']).unwrap();
        let close = line.find(']').unwrap();
        let value = expand(&line[open + 1..close]).unwrap();
        let text = [
            &expand(&line[..open]).unwrap(),
            &value[..],
            &line[close + 1..],
        ]
        .concat();
        let expected = [(value, Kind::PasswordHash, Confidence::Low)];
        assert_eq!(found(&engine, &text, Syntax::Unknown), expected, "{text}");
    }
}

#[test]
fn a_hash_in_a_kubernetes_secret_is_a_hash() {
    let engine = engine();
    let value = expand("$2a$10$<<alnum 53>>").unwrap();
    let encoded = base64::encode(value.as_bytes());
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    let expected = [(value.clone(), Kind::PasswordHash, Confidence::Low)];
    let text = format!("{head}data:\n  admin.password: {encoded}\n");
    assert_eq!(found(&engine, &text, Syntax::Yaml), expected);
    let text = format!("{head}stringData:\n  admin.password: {value}\n");
    assert_eq!(found(&engine, &text, Syntax::Yaml), expected);
}

#[test]
fn what_is_cut_off_is_nothing() {
    let engine = engine();
    for text in [
        "password: '$2y$10$abc'",
        "password: '{SSHA}abc'",
        "password = 'pbkdf2_sha256'",
        "sed 's/(a)(b)/$1$2/'",
        "echo \"$5$6$1$8$9\"",
        "md5('0cc175b9c0f1b6a831c399e269772661')",
    ] {
        assert_eq!(found(&engine, text, Syntax::Unknown), [], "{text}");
    }
}
