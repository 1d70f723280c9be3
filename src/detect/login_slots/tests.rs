use super::*;
use crate::detect::engine::Engine;
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;

/// Weak passwords that the model alone doubts or believes.
const WEAK: [&str; 12] = [
    "123456",
    "1234",
    "12345678",
    "root",
    "guest",
    "tomcat",
    "postgres",
    "qwerty",
    "admin",
    "letmein",
    "password1",
    "Winter24",
];

/// Files in which a value can be nothing but a password.
const SLOTS: [(&str, &str); 36] = [
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
    (
        "data-sources.json",
        "{\n  \"connections\": {\n    \"a\": {\n      \"provider\": \"mysql\",\n      \"configuration\": {\n        \"host\": \"db1\",\n        \"auth-properties\": {\n          \"user\": \"app\",\n          \"password\": \"PW\"\n        }\n      }\n    }\n  }\n}\n",
    ),
    (
        "kafka.properties",
        "sasl.jaas.config=a.PlainLoginModule required username=\"app\" password=\"PW\";\n",
    ),
    ("my.cnf", "[client]\nuser=app\nhost=db1\npassword=PW\n"),
    (
        "context.xml",
        "<Context><Resource url=\"jdbc:mysql://db1/orders\" username=\"app\" password=\"PW\"/></Context>",
    ),
    (
        "tomcat-users.xml",
        "<tomcat-users>\n<user username=\"app\" password=\"PW\" roles=\"manager-gui\"/>\n</tomcat-users>\n",
    ),
    (
        "users.xml",
        "<users><user name=\"jane\" password=\"PW\"/></users>\n",
    ),
    (
        "web.config",
        "<appSettings>\n<add key=\"DbUser\" value=\"app\"/>\n<add key=\"DbHost\" value=\"db1\"/>\n<add key=\"DbPassword\" value=\"PW\"/>\n</appSettings>\n",
    ),
    (
        "connections.config",
        "<connectionStrings><add name=\"a\" connectionString=\"Server=db1;Database=orders;Uid=app;Pwd=PW;\"/></connectionStrings>\n",
    ),
    (
        "appsettings.json",
        "{\"ConnectionStrings\": {\"Default\": \"Server=db1;Database=orders;User Id=app;Password=PW;\"}}\n",
    ),
    (
        "one-line.json",
        "{\"db\": {\"host\": \"db1\", \"user\": \"app\", \"password\": \"PW\", \"database\": \"orders\"}}\n",
    ),
    (
        "one-line.xml",
        "<db><host>db1</host><user>app</user><password>PW</password></db>\n",
    ),
    (
        "data-sources.xml",
        "<data-source id=\"a\"><connection host=\"db1\" port=\"5432\" database=\"orders\" user=\"app\" password=\"PW\"/></data-source>\n",
    ),
    (
        "orders-ds.xml",
        "<datasource><connection-url>jdbc:oracle:thin:@db1:1521:orders</connection-url><user-name>app</user-name><password>PW</password></datasource>\n",
    ),
    (
        "persistence.xml",
        "<property name=\"javax.persistence.jdbc.url\" value=\"jdbc:mysql://db1/orders\"/>\n<property name=\"javax.persistence.jdbc.user\" value=\"app\"/>\n<property name=\"javax.persistence.jdbc.password\" value=\"PW\"/>\n",
    ),
    ("a.env", "DATABASE_URL=mysql://app:PW@db1/orders\n"),
    ("queue.yml", "url: amqp://app:PW@mq.internal:5672/\n"),
    (
        ".msmtprc",
        "account a\nhost mail.internal\nuser app\npassword PW\n",
    ),
    (
        "settings.py",
        "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.mysql',\n        'NAME': 'orders',\n        'USER': 'app',\n        'PASSWORD': 'PW',\n        'HOST': 'db1',\n    }\n}\n",
    ),
    (
        "database.php",
        "<?php\nreturn ['mysql' => ['host' => 'db1', 'database' => 'orders', 'username' => 'app', 'password' => 'PW']];\n",
    ),
    (
        "db.php",
        "<?php\n$host = 'db1';\n$user = 'app';\n$password = 'PW';\n$dbname = 'orders';\n",
    ),
    (
        "db.js",
        "const c = mysql.createConnection({host: 'db1', user: 'app', password: 'PW', database: 'orders'});\n",
    ),
    (
        "db.py",
        "c = pymysql.connect(host='db1', user='app', password='PW', db='orders')\n",
    ),
    (
        "main.tf",
        "resource \"aws_db_instance\" \"a\" {\n  engine = \"mysql\"\n  username = \"app\"\n  password = \"PW\"\n}\n",
    ),
    (
        "dsn.ini",
        "[a]\ndsn = host=db1 user=app password=PW dbname=orders\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  app:\n    environment:\n      - DB_HOST=db1\n      - DB_USER=app\n      - DB_PASSWORD=PW\n",
    ),
];

/// Words that stand for a password, which no place makes one.
const PLACEHOLDERS: [&str; 12] = [
    "<password>",
    "${DB_PASSWORD}",
    "changeme",
    "{{ password }}",
    "your_password",
    "xxxxxx",
    "********",
    "%DB_PASSWORD%",
    "$DB_PASSWORD",
    "#{password}",
    "ignored",
    "null",
];

/// Words that stand for a password in examples, and that people also choose.
const WORDS: [&str; 5] = ["secret", "test", "password", "foobar", "Secret"];

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
        for weak in WEAK {
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

/// Whether a slot is no program, and states a host beside its user.
fn has_host(path: &str, text: &str) -> bool {
    let kind = FileKind::from(file_syntax(path.as_bytes()));
    kind != FileKind::Code && (text.contains("db1") || text.contains(".internal"))
}

#[test]
fn a_word_that_may_stand_for_a_password_is_one_beside_a_user_and_a_host() {
    for (path, text) in SLOTS {
        for word in WORDS {
            let text = text.replace("PW", word);
            let found = found(path, &text);
            let is_reported = found.iter().any(|at| *at >= Confidence::Medium);
            assert_eq!(
                is_reported,
                has_host(path, &text),
                "{path}: {text} {found:?}"
            );
        }
    }
}

#[test]
fn a_word_that_may_stand_for_a_password_is_none_elsewhere() {
    for (path, text) in [
        (
            "a.yml",
            "db:\n  host: localhost\n  user: app\n  password: WORD\n",
        ),
        (
            "a.yml",
            "db:\n  host: db.example.com\n  user: app\n  password: WORD\n",
        ),
        (
            "a.yml",
            "db:\n  host: hostname\n  user: app\n  password: WORD\n",
        ),
        (
            "a.yml",
            "db:\n  host: db1\n  user: user\n  password: WORD\n",
        ),
        (
            "a.yml",
            "db:\n  host: ${DB_HOST}\n  user: app\n  password: WORD\n",
        ),
        ("a.yml", "user: app\npassword: WORD\n"),
        ("a.properties", "one.password=qwerty\ntwo.password=WORD\n"),
        (".netrc", "machine localhost login deploy password WORD\n"),
        (".pgpass", "localhost:5432:orders:app:WORD\n"),
        (".pgpass", "*:*:*:app:WORD\n"),
        ("a.env", "DATABASE_URL=mysql://user:WORD@host/orders\n"),
        ("a.env", "DATABASE_URL=mysql://app:WORD@localhost/orders\n"),
        ("a.py", "connect(host='db1', user='app', password='WORD')\n"),
        ("a.env", "DSN=server=db1;user=app;password={WORD}\n"),
        ("README.md", "host: db1\nuser: app\npassword: WORD\n"),
    ] {
        for word in WORDS {
            let text = text.replace("WORD", word);
            let wanted = usize::from(text.contains("qwerty"));
            let found = found(path, &text);
            let reported = found.iter().filter(|at| **at >= Confidence::Medium).count();
            assert!(reported <= wanted, "{path}: {text} {found:?}");
        }
    }
}

#[test]
fn what_stands_for_a_password_is_none() {
    for (path, text) in SLOTS {
        for none in PLACEHOLDERS {
            let none = match path.ends_with(".xml") || path.ends_with(".config") {
                true => none.replace('<', "&lt;").replace('>', "&gt;"),
                false => none.to_owned(),
            };
            let text = text.replace("PW", &none);
            assert!(found(path, &text).is_empty(), "{path}: {text}");
        }
    }
}

#[test]
fn the_login_of_an_example_makes_no_password() {
    for text in [
        "a(url: 'http://example.com/x', user: 'beth', password: 'pass2')\n",
        "{\"host\": \"example.org\", \"user\": \"app\", \"password\": \"1234\"}\n",
    ] {
        let found = found("a.rb", text);
        assert!(found.iter().all(|at| *at < Confidence::Medium), "{text}");
    }
}

#[test]
fn an_unlikely_word_without_a_login_is_none() {
    for (path, text) in [
        ("a.xml", "<a><password>1234</password></a>\n"),
        ("a.php", "<?php\ndefine('DOOR_PASSWORD', '1234');\n"),
        ("a.py", "check(password='1234')\n"),
        (
            "a.jsp",
            "data += \"&host=\"+value(\"host\");\ndata += \"&username=\"+value(\"username\");\ndata += \"&password=\"+value(\"password\");\n",
        ),
        ("form.html", "<input name=\"password\" value=\"1234\">\n"),
    ] {
        let found = found(path, text);
        assert!(found.iter().all(|at| *at < Confidence::Medium), "{text}");
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
