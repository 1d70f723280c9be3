//! Pairs of which the truth is known, in all combinations of format and provider. A pair may be missing, but never wrong.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::detect::engine::Engine;
use crate::detect::example::expand;
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// The words of the keys of the id and of the secret, the shapes of their values, and the name of the id as a part.
struct Provider {
    id_key: &'static str,
    secret_key: &'static str,
    id: &'static str,
    secret: &'static str,
    part: &'static str,
}

const PROVIDERS: [Provider; 5] = [
    Provider {
        id_key: "aws access key id",
        secret_key: "aws secret access key",
        id: "AK<<>>IA<<base32 16>>",
        secret: "<<base64 40>>",
        part: "aws_access_key_id",
    },
    // A rule for names finds the secret.
    Provider {
        id_key: "access key",
        secret_key: "secret key",
        id: "AK<<>>IA<<base32 16>>",
        secret: "<<base64 40>>",
        part: "aws_access_key_id",
    },
    Provider {
        id_key: "aliyun access key id",
        secret_key: "aliyun access key secret",
        id: "LT<<>>AI<<alnum 20>>",
        secret: "<<alnum 30>>",
        part: "access_key_id",
    },
    Provider {
        id_key: "razorpay key id",
        secret_key: "razorpay key secret",
        id: "rzp_<<>>live_<<alnum 14>>",
        secret: "<<alnum 24>>",
        part: "key_id",
    },
    Provider {
        id_key: "twilio api key",
        secret_key: "twilio api secret",
        id: "SK<<>><<hex 32>>",
        secret: "<<alnum 32>>",
        part: "api_key",
    },
];

impl Provider {
    fn id(&self, number: usize) -> String {
        self.value(self.id, number)
    }

    fn secret(&self, number: usize) -> String {
        self.value(self.secret, number)
    }

    /// A value of its own for each number.
    fn value(&self, template: &str, number: usize) -> String {
        let seeded = format!("{number}{}|{template}", self.id_key);
        let text = expand(&seeded).unwrap();
        text[text.find('|').unwrap() + 1..].to_owned()
    }
}

/// A format: how a file, a section in it and an assignment are written. `«n»` is the number of the section.
struct Form {
    path: &'static str,
    head: &'static str,
    /// Empty if the file has no sections.
    open: &'static str,
    /// `«k_s»`, `«K_S»`, `«kS»` and `«KS»` are the key in these spellings, `«v»` the value, `«b»` the value in base64.
    line: &'static str,
    close: &'static str,
    foot: &'static str,
}

const fn form(path: &'static str, [head, open, line, close, foot]: [&'static str; 5]) -> Form {
    Form {
        path,
        head,
        open,
        line,
        close,
        foot,
    }
}

const FORMS: [Form; 31] = [
    form(".env", ["PORT=80\n", "", "«K_S»=«v»\n", "", ""]),
    form("a.properties", ["", "", "«k_s»=«v»\n", "", "port=80\n"]),
    form(
        "run.sh",
        ["#!/bin/sh\n", "", "export «K_S»='«v»'\n", "", ""],
    ),
    form("run.sh", ["", "", "«K_S»=«v» ", "", "aws s3 ls\n"]),
    form(
        "run.sh",
        ["", "job«n»() {\n", "  export «K_S»=«v»\n", "}\n", ""],
    ),
    form(
        "Dockerfile",
        ["FROM alpine\n", "", "ENV «K_S»=«v»\n", "", "RUN x\n"],
    ),
    form(
        "Dockerfile",
        ["", "FROM alpine\n", "ENV «K_S» «v»\n", "", ""],
    ),
    form(
        "credentials",
        ["", "[profile«n»]\n", "«k_s» = «v»\n", "\n", ""],
    ),
    form("a.ini", ["", "[s«n»]\n", "«k_s»=«v»\n", "", ""]),
    form("a.toml", ["", "[s«n»]\n", "«k_s» = \"«v»\"\n", "", ""]),
    form("a.yml", ["", "s«n»:\n", "  «kS»: «v»\n", "", ""]),
    form(
        "a.yml",
        ["s:\n", "  - name: n«n»\n", "    «k_s»: '«v»'\n", "", ""],
    ),
    form("a.yml", ["", "---\n", "«k_s»: «v»\n", "", ""]),
    form("a.yml", ["", "s«n»: {a: b", ", «kS»: \"«v»\"", "}\n", ""]),
    form(
        "docker-compose.yml",
        [
            "services:\n",
            "  s«n»:\n    environment:\n",
            "      - «K_S»=«v»\n",
            "",
            "",
        ],
    ),
    form(
        "deploy.yaml",
        [
            "c:\n",
            "  - env:\n",
            "      - name: «K_S»\n        value: «v»\n",
            "",
            "",
        ],
    ),
    form(
        "secret.yaml",
        [
            "",
            "---\nkind: Secret\napiVersion: v1\ndata:\n",
            "  «K_S»: «b»\n",
            "",
            "",
        ],
    ),
    form(
        "a.json",
        [
            "{\"a\": 1",
            ",\n\"s«n»\": {\"b\": 2",
            ",\n\"«kS»\": \"«v»\"",
            "}",
            "}\n",
        ],
    ),
    form(
        "a.json",
        ["[{}", ", {\"b\": 2", ", \"«k_s»\": \"«v»\"", "}", "]\n"],
    ),
    form(
        "main.tf",
        ["", "provider \"p\" {\n", "  «k_s» = \"«v»\"\n", "}\n", ""],
    ),
    form(
        "a.xml",
        ["<r>\n", "<s>\n", "<«kS»>«v»</«kS»>\n", "</s>\n", "</r>\n"],
    ),
    form(
        "app.config",
        [
            "<r>\n",
            "<appSettings>\n",
            "<add key=\"«KS»\" value=\"«v»\"/>\n",
            "</appSettings>\n",
            "</r>\n",
        ],
    ),
    form(
        "a.py",
        [
            "import x\n",
            "def f«n»():\n",
            "    «k_s» = '«v»'\n",
            "\n",
            "",
        ],
    ),
    form(
        "a.py",
        ["", "c«n» = x.client('s3'", ", «k_s»='«v»'", ")\n", ""],
    ),
    form(
        "a.py",
        ["", "c«n» = x.client(\n", "    «k_s»='«v»',\n", ")\n", ""],
    ),
    form(
        "a.py",
        ["", "c«n» = {\n", "    '«k_s»': '«v»',\n", "}\n", ""],
    ),
    form("a.js", ["", "x.update({", "«kS»: '«v»', ", "});\n", ""]),
    form(
        "a.ts",
        [
            "",
            "const c«n» = new X({\n",
            "  «kS»: \"«v»\",\n",
            "});\n",
            "",
        ],
    ),
    form(
        "A.java",
        [
            "class A {\n",
            "  void f«n»() {\n",
            "    String «kS» = \"«v»\";\n",
            "  }\n",
            "}\n",
        ],
    ),
    form(
        "a.php",
        [
            "<?php\n",
            "$c«n» = [\n",
            "  '«k_s»' => '«v»',\n",
            "];\n",
            "",
        ],
    ),
    form(
        "a.rb",
        ["", "c«n» = X.new(\n", "  «k_s»: '«v»',\n", ")\n", ""],
    ),
];

/// The key in another spelling.
fn spelled(words: &str) -> [(&'static str, String); 4] {
    let words: Vec<&str> = words.split(' ').collect();
    let title = |word: &&str| word[..1].to_uppercase() + &word[1..];
    let titles: Vec<String> = words.iter().map(title).collect();
    [
        ("«k_s»", words.join("_")),
        ("«K_S»", words.join("_").to_uppercase()),
        ("«kS»", words[0].to_owned() + &titles[1..].concat()),
        ("«KS»", titles.concat()),
    ]
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

impl Form {
    /// A file with these sections, each with keys and values.
    fn write(&self, sections: &[Vec<(&str, String)>]) -> String {
        let mut text = self.head.to_owned();
        for (number, lines) in sections.iter().enumerate() {
            let numbered = |text: &str| text.replace("«n»", &number.to_string());
            text += &numbered(self.open);
            for (key, value) in lines {
                let mut line = self
                    .line
                    .replace("«v»", value)
                    .replace("«b»", &base64(value));
                for (place, key) in spelled(key) {
                    line = line.replace(place, &key);
                }
                text += &line;
            }
            text += &numbered(self.close);
        }
        text + self.foot
    }
}

/// The pairs in a text: the secret, the name of the part and its value. Checks that both sides say the same.
fn pairs(path: &str, text: &str) -> BTreeSet<(String, String, String)> {
    let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    let shown = |value: &SecretValue| String::from_utf8(value.expose().to_vec()).unwrap();
    let (mut of_secrets, mut of_parts) = (BTreeSet::new(), BTreeSet::new());
    for found in &scanned.matches {
        match &found.paired {
            None => {}
            Some(Paired::Secret(parts)) => of_secrets.extend(
                parts
                    .iter()
                    .map(|(name, part)| (shown(&found.value), name.clone(), shown(part))),
            ),
            Some(Paired::Part(secret)) => {
                of_parts.insert((shown(secret), shown(&found.value)));
            }
        }
    }
    let is_itself = |(secret, _, part): &(String, String, String)| secret == part;
    of_secrets.retain(|pair| !is_itself(pair));
    let without_names = of_secrets.iter().cloned();
    let without_names = without_names.map(|(secret, _, part)| (secret, part));
    assert_eq!(
        without_names.collect::<BTreeSet<_>>(),
        of_parts,
        "{path}\n{text}"
    );
    of_secrets
}

fn values(path: &str, text: &str) -> BTreeSet<String> {
    let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    let found = scanned.matches.iter();
    found
        .map(|found| String::from_utf8_lossy(found.value.expose()).into_owned())
        .collect()
}

/// Calls a test for each format and provider.
fn in_all_forms(test: impl Fn(&Form, &Provider)) {
    for form in &FORMS {
        for provider in &PROVIDERS {
            test(form, provider);
        }
    }
}

impl Provider {
    fn id_line(&self, number: usize) -> (&'static str, String) {
        (self.id_key, self.id(number))
    }

    fn secret_line(&self, number: usize) -> (&'static str, String) {
        (self.secret_key, self.secret(number))
    }

    /// The pair of a secret and an id.
    fn pair(&self, secret: usize, id: usize) -> (String, String, String) {
        (self.secret(secret), self.part.to_owned(), self.id(id))
    }
}

#[test]
fn an_id_and_a_secret_in_one_section_are_paired() {
    let not_found = std::cell::Cell::new(0);
    in_all_forms(|form, provider| {
        let (id, secret) = (provider.id_line(1), provider.secret_line(1));
        for lines in [vec![id.clone(), secret.clone()], vec![secret, id]] {
            let text = form.write(&[lines]);
            let values = values(form.path, &text);
            if !values.contains(&provider.id(1)) || !values.contains(&provider.secret(1)) {
                not_found.set(not_found.get() + 1);
                continue;
            }
            let found = pairs(form.path, &text);
            // In some formats, another rule finds the id.
            if found.is_empty() && provider.part == "api_key" {
                not_found.set(not_found.get() + 1);
                continue;
            }
            let expected = BTreeSet::from([provider.pair(1, 1)]);
            assert_eq!(found, expected, "{}\n{text}", form.path);
        }
    });
    assert!(not_found.get() <= 12, "{}", not_found.get());
}

#[test]
fn each_section_has_its_own_pair() {
    in_all_forms(|form, provider| {
        let section = |number| vec![provider.id_line(number), provider.secret_line(number)];
        let text = form.write(&[section(1), section(2)]);
        let found = pairs(form.path, &text);
        let expected = BTreeSet::from([provider.pair(1, 1), provider.pair(2, 2)]);
        // A Dockerfile has several of the same key, and says what they are of by FROM.
        match form.open {
            "" => assert!(found.is_empty(), "{}\n{text}", form.path),
            _ if provider.part == "api_key" => assert!(found.is_subset(&expected)),
            _ => assert_eq!(found, expected, "{}\n{text}", form.path),
        }
    });
}

#[test]
fn an_id_in_another_section_or_beside_another_id_is_paired_with_none() {
    in_all_forms(|form, provider| {
        let (id, secret) = (provider.id_line(1), provider.secret_line(1));
        let two = vec![id.clone(), provider.id_line(2), secret.clone()];
        let two_secrets = vec![secret.clone(), id.clone(), provider.secret_line(2)];
        let mut texts = vec![form.write(&[two]), form.write(&[two_secrets])];
        if !form.open.is_empty() {
            texts.push(form.write(&[vec![id.clone()], vec![secret.clone()]]));
            texts.push(form.write(&[vec![secret], vec![id]]));
        }
        for text in texts {
            assert!(pairs(form.path, &text).is_empty(), "{}\n{text}", form.path);
        }
    });
}

#[test]
fn keys_of_two_credentials_are_paired_by_their_other_words() {
    let provider = &PROVIDERS[0];
    let keys = |word: &str| {
        [
            format!("{word} {}", provider.id_key),
            format!("{word} {}", provider.secret_key),
        ]
    };
    let (dev, prod) = (keys("dev"), keys("prod"));
    for form in FORMS.iter().filter(|form| form.path != "secret.yaml") {
        let lines = vec![
            (&*dev[0], provider.id(1)),
            (&*prod[1], provider.secret(2)),
            (&*prod[0], provider.id(2)),
            (&*dev[1], provider.secret(1)),
        ];
        let expected = BTreeSet::from([provider.pair(1, 1), provider.pair(2, 2)]);
        let text = form.write(&[lines]);
        assert_eq!(pairs(form.path, &text), expected, "{}\n{text}", form.path);
        let text = form.write(&[vec![
            (&*dev[0], provider.id(1)),
            (&*prod[1], provider.secret(2)),
        ]]);
        assert!(pairs(form.path, &text).is_empty(), "{}\n{text}", form.path);
    }
}

#[test]
fn lines_of_assignments_are_a_section_if_the_file_has_several() {
    let provider = &PROVIDERS[0];
    let block = |number| {
        format!(
            "export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n",
            provider.id(number),
            provider.secret(number)
        )
    };
    let both = BTreeSet::from([provider.pair(1, 1), provider.pair(2, 2)]);
    for between in ["\n", "# of the other account\n", "\n# other\n\n"] {
        let text = block(1) + between + &block(2);
        assert_eq!(pairs("run.sh", &text), both, "{text}");
        assert_eq!(pairs(".env", &text), both, "{text}");
    }
    // A key that is assigned twice, once to something that is no id.
    let text = format!("AWS_ACCESS_KEY_ID=$ID\n{}", block(1));
    assert!(pairs("run.sh", &text).is_empty(), "{text}");
}

#[test]
fn a_session_token_is_a_third_part() {
    let provider = &PROVIDERS[0];
    let token = |number: usize| provider.value("IQoJ<<>>b3JpZ2lu<<base64 400>>", number);
    let text = format!(
        "[a]\naws_access_key_id={}\naws_secret_access_key={}\naws_session_token={}\n",
        provider.id(1),
        provider.secret(1),
        token(1)
    );
    let third = (provider.secret(1), "aws_session_token".to_owned(), token(1));
    let expected = BTreeSet::from([provider.pair(1, 1), third]);
    assert_eq!(pairs("credentials", &text), expected);
    let two = text.clone() + &format!("aws_session_token={}\n", token(2));
    assert!(pairs("credentials", &two).is_empty());
}

#[test]
fn an_encoded_file_has_sections_of_its_own() {
    let provider = &PROVIDERS[0];
    let object = |name: &str, content: &str| format!("\"{name}\": {{{content}}}");
    let id = format!("\"AccessKeyId\": \"{}\"", provider.id(1));
    let secret = format!("\"SecretAccessKey\": \"{}\"", provider.secret(1));
    let apart = format!("{{{}, {}}}", object("a", &id), object("b", &secret));
    let together = format!("{{{}}}", object("a", &format!("{id}, {secret}")));
    for (file, expected) in [
        (apart, BTreeSet::new()),
        (together, BTreeSet::from([provider.pair(1, 1)])),
    ] {
        let encoded = format!("files:\n  credentials: {}\n", base64(&file));
        assert_eq!(values("a.yaml", &encoded).len(), 2, "{file}");
        assert_eq!(pairs("a.yaml", &encoded), expected, "{file}");
    }
}

proptest! {
    #[test]
    fn what_is_paired_is_in_one_section(
        form in 0..FORMS.len(),
        provider in 0..PROVIDERS.len(),
        lines in prop::collection::vec((0..3_usize, any::<bool>(), 0..3_usize), 0..7),
    ) {
        let (form, provider) = (&FORMS[form], &PROVIDERS[provider]);
        let mut sections = vec![Vec::new(); 3];
        for (section, is_id, number) in lines {
            let line = match is_id {
                true => provider.id_line(number),
                false => provider.secret_line(number),
            };
            sections[section].push(line);
        }
        if form.open.is_empty() {
            sections = vec![sections.concat()];
        }
        let alone = |section: &Vec<(&str, String)>, key: &str| {
            let values = section.iter().filter(|line| line.0 == key).map(|line| &line.1);
            let values: BTreeSet<&String> = values.collect();
            values.first().filter(|_| values.len() == 1).map(|value| (*value).clone())
        };
        let may_be: BTreeSet<(String, String)> = sections
            .iter()
            .filter_map(|section| {
                Some((alone(section, provider.secret_key)?, alone(section, provider.id_key)?))
            })
            .collect();
        for (secret, _, id) in pairs(form.path, &form.write(&sections)) {
            prop_assert!(may_be.contains(&(secret, id)));
        }
    }

    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..200), at in 0..200_usize) {
        let at = at.min(text.len());
        let range = at..text.len();
        let text = Text::new(&text, file_syntax(b"a.sh"));
        let found = assignments(text, std::slice::from_ref(&range));
        prop_assert_eq!(found.len(), 1);
    }
}

#[test]
fn each_credential_has_one_secret() {
    let engine = &*ENGINE;
    let parts: Vec<&CredentialPart> = engine
        .rules()
        .iter()
        .filter_map(|rule| rule.part.as_ref())
        .collect();
    for part in &parts {
        let of_it = parts.iter().filter(|other| other.of == part.of);
        let secrets = of_it.filter(|other| other.is_secret).count();
        assert_eq!(secrets, 1, "{}", part.of);
    }
}
