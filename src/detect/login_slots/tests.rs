use super::*;
use crate::detect::engine::Engine;
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;

/// Weak passwords that the model alone doubts or believes.
const WEAK: [&str; 6] = ["123456", "1234", "root", "qwerty", "admin", "letmein"];

/// Files in which a value can be nothing but a password.
const SLOTS: [(&str, &str); 14] = [
    (
        "src/main/resources/application-prod.yml",
        "spring:\n  datasource:\n    url: jdbc:mysql://db1:3306/orders\n    username: app\n    password: PW\n",
    ),
    (
        "application-prod.properties",
        "spring.datasource.url=jdbc:postgresql://db1:5432/orders\nspring.datasource.username=app\nspring.datasource.password=PW\n",
    ),
    (
        ".env",
        "DB_HOST=db1\nDB_USER=app\nDB_NAME=orders\nDB_PASSWORD=PW\n",
    ),
    (
        "config/database.yml",
        "production:\n  adapter: mysql2\n  database: orders\n  username: app\n  password: PW\n",
    ),
    (".netrc", "machine git.internal login deploy password PW\n"),
    (".pgpass", "db1:5432:orders:app:PW\n"),
    (
        ".esmtprc",
        "hostname = mail.internal:587\nusername = \"app\"\npassword = \"PW\"\n",
    ),
    (
        "sftp.json",
        "{\n  \"host\": \"files.internal\",\n  \"username\": \"deploy\",\n  \"password\": \"PW\",\n  \"remotePath\": \"/srv\"\n}\n",
    ),
    (
        "recentservers.xml",
        "<FileZilla3>\n<RecentServers>\n<Server>\n<Host>files.internal</Host>\n<Port>21</Port>\n<User>deploy</User>\n<Pass>PW</Pass>\n</Server>\n</RecentServers>\n</FileZilla3>\n",
    ),
    (
        "wp-config.php",
        "<?php\ndefine('DB_NAME', 'orders');\ndefine('DB_USER', 'app');\ndefine('DB_PASSWORD', 'PW');\ndefine('DB_HOST', 'db1');\n",
    ),
    (
        "data-sources.json",
        "{\n  \"connections\": {\n    \"a\": {\n      \"provider\": \"mysql\",\n      \"configuration\": {\n        \"host\": \"db1\",\n        \"database\": \"orders\",\n        \"user\": \"app\",\n        \"password\": \"PW\"\n      }\n    }\n  }\n}\n",
    ),
    ("my.cnf", "[client]\nuser=app\nhost=db1\npassword=PW\n"),
    (
        "context.xml",
        "<Context><Resource url=\"jdbc:mysql://db1/orders\" username=\"app\" password=\"PW\"/></Context>",
    ),
    (
        "docker-compose.yml",
        "services:\n  app:\n    environment:\n      - DB_HOST=db1\n      - DB_USER=app\n      - DB_PASSWORD=PW\n",
    ),
];

/// The confidence of the matches of a text.
fn found(path: &str, text: &str) -> Vec<Confidence> {
    static ENGINE: std::sync::LazyLock<Engine> =
        std::sync::LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));
    let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    let matches = scanned.matches.iter();
    matches.map(|found| found.confidence).collect()
}

#[test]
fn weak_passwords_beside_a_login_are_reported() {
    for (path, text) in SLOTS {
        // A line of a program or with several attributes rejects the least likely ones.
        let first = match path {
            "wp-config.php" | "context.xml" => 3,
            _ => 0,
        };
        for weak in &WEAK[first..] {
            let text = text.replace("PW", weak);
            let found = found(path, &text);
            assert!(
                found
                    .iter()
                    .any(|confidence| *confidence >= Confidence::Medium),
                "{path}: {text} {found:?}"
            );
        }
    }
}

#[test]
fn what_stands_for_a_password_is_none() {
    for (path, text) in SLOTS {
        for none in [
            "<password>",
            "${DB_PASSWORD}",
            "changeme",
            "{{ password }}",
            "your_password",
            "xxxxxx",
            "********",
        ] {
            let text = text.replace("PW", none);
            assert!(found(path, &text).is_empty(), "{path}: {text}");
        }
    }
}

#[test]
fn a_weak_word_without_a_login_is_doubtful() {
    for (path, text) in [
        ("a.properties", "door.password=root\n"),
        ("a.yml", "password: root\nname: x\n"),
        (
            "a.json",
            "{\n\"user\": \"app\",\n\"password\": \"root\"\n}\n",
        ),
    ] {
        assert_eq!(found(path, text), [Confidence::Low], "{text}");
    }
}

#[test]
fn of_a_block_of_weak_passwords_all_are_reported() {
    let text = "one.password=qwerty\ntwo.password=root\nthree.password=123456\n";
    assert_eq!(found("a.properties", text), [Confidence::Medium; 3]);
    let text = "one.password=1234\ntwo.password=root\n";
    assert_eq!(found("a.properties", text), [Confidence::Low; 2]);
}
