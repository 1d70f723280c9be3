//! A matrix of values that are no secrets: each kind in several forms of files and languages. None may be reported with
//! medium confidence or more.

use crate::detect::decode::base64;
use crate::detect::engine::{Engine, Text};
use crate::detect::library::Library;
use crate::finding::{Confidence, Syntax};

/// The forms in which a name and a value are written.
const FORMS: [(Syntax, &str); 9] = [
    (Syntax::Yaml, "a:\n  NAME: 'VALUE'\n"),
    (Syntax::Json, "{\"NAME\": \"VALUE\"}\n"),
    (Syntax::Toml, "[a]\nNAME = \"VALUE\"\n"),
    (Syntax::Ini, "[a]\nNAME = VALUE\n"),
    (Syntax::Python, "NAME = \"VALUE\"\n"),
    (Syntax::JavaScript, "const a = { NAME: 'VALUE' };\n"),
    (Syntax::Php, "<?php\nreturn ['NAME' => 'VALUE'];\n"),
    (Syntax::Ruby, "a(NAME: 'VALUE')\n"),
    (Syntax::Puppet, "a { 'b': NAME => 'VALUE' }\n"),
];

/// The values that are reported for a text.
fn reported(engine: &Engine, text: &str, syntax: Syntax) -> Vec<Confidence> {
    let found = engine.scan(Text::new(text.as_bytes(), syntax)).matches;
    let confidences = found.into_iter().map(|found| found.confidence);
    confidences
        .filter(|confidence| *confidence >= Confidence::Medium)
        .collect()
}

#[test]
fn values_of_public_kinds_are_not_reported_in_any_form() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let noise = |length: u8| {
        (0..length)
            .map(|at| at.wrapping_mul(89) ^ 0x5a)
            .collect::<Vec<u8>>()
    };
    let ssh = |name: &str| {
        let head = [&[0, 0, 0, name.len() as u8][..], name.as_bytes()].concat();
        base64::encode(&[head, noise(60)].concat())
    };
    let (rsa, ecdsa) = (ssh("ssh-rsa"), ssh("ecdsa-sha2-nistp256"));
    let digest = "a621c23deaadeed4e3bb99320f58deca1171d2ab";
    let capitals = digest.to_uppercase();
    let bytes = base64::encode(&noise(48));
    let mut wrong = Vec::new();
    for (name, value) in [
        ("key", rsa.as_str()),
        ("ssh_key", &ecdsa),
        ("deploy_key", &ecdsa),
        ("key", &capitals),
        ("gpg_key", "0x0EBFCD88"),
        ("SRCREV_token", digest),
        ("STATUS_EXPIRED_PASSWORD", "3221229991"),
        ("csrf_token", "0.5512834790136642"),
        ("wrong_password", "0xC000006A"),
        ("parse_token", "^1.4.11"),
        ("secret", ">=1.0.0 <2.0.0"),
        ("my_secret", "2.0.0-rc.1"),
        ("password_oid_secret", "1.2.840.113549.1.9.7"),
        ("secret_key", "wJq/Tz8[...]9tKpLm2vQd"),
        ("api_token", "ab12•••••cd34"),
        ("token", "94287082"),
        ("otp_password", "940287"),
        ("db_password", "undef"),
        ("password", "varchar(255)"),
        ("password", "required|min:12|confirmed"),
        ("api_key", "Optional[str]"),
        ("key", "ctrl+shift+p"),
        ("encrypted_key", &bytes),
        ("site_key", "6LdTq7kUAAAAAKq3vTzB9xPwLmN2rS5tVyXzQ8aD"),
        ("password", "Nové heslo"),
    ] {
        for (syntax, form) in FORMS {
            let text = form.replace("NAME", name).replace("VALUE", value);
            if !reported(&engine, &text, syntax).is_empty() {
                wrong.push(text);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn labels_of_a_catalog_are_not_reported_in_any_form() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let mut wrong = Vec::new();
    for [title, password, token] in [
        ["Volle naam", "Nuwe wagwoord", "Toegangskode nodig"],
        [
            "Izina lakho",
            "Iphasiwedi entsha",
            "Ithokheni lokufinyelela",
        ],
        ["Kirjaudu sisään", "Uusi salasana", "Käyttöavain puuttuu"],
        ["Nama pengguna", "Kata sandi baru", "Token akses"],
        ["Inicia sesión", "Nueva clave", "Código de acceso"],
        ["Enw llawn", "Cyfrinair newydd", "Tocyn mynediad"],
    ] {
        for (syntax, form) in FORMS {
            let pairs = [
                ("title", title),
                ("password", password),
                ("access_token", token),
            ];
            let lines =
                pairs.map(|(name, value)| form.replace("NAME", name).replace("VALUE", value));
            let text = lines.concat();
            if !reported(&engine, &text, syntax).is_empty() {
                wrong.push(text);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn passwords_among_settings_are_reported_in_every_form() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    for (syntax, form) in FORMS {
        let pairs = [
            ("host", "db1.corp.internal"),
            ("user", "svc-orders"),
            ("password", "Blue-Sky-2291"),
        ];
        let lines = pairs.map(|(name, value)| form.replace("NAME", name).replace("VALUE", value));
        assert!(
            !reported(&engine, &lines.concat(), syntax).is_empty(),
            "{}",
            lines.concat()
        );
    }
}

#[test]
fn texts_that_are_no_assignments_have_no_values() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let mut wrong = Vec::new();
    for (syntax, text) in [
        (
            Syntax::Markup,
            "<p>the user-id and password as defined below.</p><div id=\"rfc.section.2.p.7\">\n",
        ),
        (
            Syntax::Python,
            "fail(\"expected one or more of 'device', 'password' or 'opts'\")\n",
        ),
        (
            Syntax::Yaml,
            "login_password: \"{{ lookup('community.general.keyring', 'mysql joe') }}\"\n",
        ),
        (Syntax::Yaml, "update_password: always\n"),
        (Syntax::Yaml, "reset-password: on_create\n"),
        (
            Syntax::Json,
            "[{\"token\": \"BYRADIUS\"}, {\"token\": \"KEEPTTL\"}]\n",
        ),
        (
            Syntax::Yaml,
            "api_token: 00000000-1111-2222-3333-444444444444\n",
        ),
        (
            Syntax::Php,
            "<?php return ['password' => 'wachtwoordbevestiging'];\n",
        ),
        (Syntax::Prose, "-g http://user@[::1]@localhost\n"),
        (
            Syntax::Unknown,
            "WWW-Authenticate: Basic Realm=authenticate\n",
        ),
        (
            Syntax::Sql,
            "UPDATE mysql.user SET password = '', plugin = 'ed25519'\n",
        ),
    ] {
        if !reported(&engine, text, syntax).is_empty() {
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Their neighbours have values.
    for (syntax, text) in [
        (
            Syntax::VisualBasic,
            "Dim password As String = \"Tr7!kQ2z\"\n",
        ),
        (
            Syntax::Python,
            "password = os.environ['APP_PASSWORD'] or 'Tr7!kQ2z'\n",
        ),
        (
            Syntax::Yaml,
            "login_password: \"{{ lookup('env', 'A') | default('Tr7!kQ2z') }}\"\n",
        ),
        (Syntax::Yaml, "update_password: Tr7!kQ2z\n"),
        (
            Syntax::Sql,
            "SET PASSWORD FOR 'root'@'localhost' = PASSWORD('Tr7!kQ2z');\n",
        ),
    ] {
        assert!(!reported(&engine, text, syntax).is_empty(), "{text}");
    }
}
