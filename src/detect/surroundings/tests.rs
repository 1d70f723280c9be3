mod environments;
mod login_forms;
mod login_matrix;
mod other_secrets;

use proptest::prelude::*;

use super::*;
use crate::detect::engine::Engine;
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;
use crate::finding::Syntax;

/// The context of the only match of a text: key, user, host, port, database, engine.
fn known(path: &str, text: &str) -> [String; 6] {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let scanned = engine.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    assert_eq!(scanned.matches.len(), 1, "{text}: {:?}", scanned.rejected);
    let context = &scanned.matches[0].context;
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let port = context
        .port
        .map(|port| port.to_string())
        .unwrap_or_default();
    [
        text(&context.key),
        text(&context.user),
        text(&context.host),
        port,
        text(&context.database),
        text(&context.engine),
    ]
}

#[test]
fn settings_tell_whose_password_it_is() {
    let password = ["Tiger", "-2931x"].concat();
    for (path, text, expected) in [
        (
            "application.yml",
            "spring:\n  datasource:\n    url: jdbc:mysql://db1:3306/shop?useSSL=true\n    username: shop\n    password: PW\n  mail:\n    username: other\n",
            [
                "spring.datasource.password",
                "shop",
                "db1",
                "3306",
                "shop",
                "mysql",
            ],
        ),
        (
            "application.properties",
            "spring.datasource.url=jdbc:postgresql://db1:5432/orders\nspring.datasource.username=app\nspring.datasource.password=PW\nspring.mail.username=notify\n",
            [
                "spring.datasource.password",
                "app",
                "db1",
                "5432",
                "orders",
                "postgres",
            ],
        ),
        (
            "docker-compose.yml",
            "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_USER: app\n      POSTGRES_DB: orders\n      POSTGRES_PASSWORD: PW\n",
            [
                "services.db.environment.POSTGRES_PASSWORD",
                "app",
                "",
                "",
                "orders",
                "postgres",
            ],
        ),
        (
            ".env",
            "MAIL_USERNAME=notify\nDB_CONNECTION=mysql\nDB_HOST=db1\nDB_PORT=3307\nDB_DATABASE=shop\nDB_USERNAME=app\nDB_PASSWORD=PW\n",
            ["DB_PASSWORD", "app", "db1", "3307", "shop", "mysql"],
        ),
        (
            "config.json",
            r#"{"mail": {"user": "x"}, "db": {"host": "db1", "port": 27017, "user": "app", "password": "PW"}}"#,
            ["db.password", "app", "db1", "27017", "", ""],
        ),
        (
            "config.toml",
            "[database]\nserver = \"10.0.0.5\"\nport = 5432\nuser = \"app\"\npassword = \"PW\"\n[mail]\nuser = \"x\"\n",
            ["database.password", "app", "10.0.0.5", "5432", "", ""],
        ),
        (
            "context.xml",
            "<Context>\n<Resource username=\"app\" password=\"PW\"\n url=\"jdbc:mariadb://db1/shop\"/>\n</Context>",
            [
                "Context.Resource.password",
                "app",
                "db1",
                "",
                "shop",
                "mariadb",
            ],
        ),
        (
            "settings.xml",
            "<settings><server><username>u1</username><password>PW</password></server><server><username>u2</username></server></settings>",
            ["settings.server.password", "u1", "", "", "", ""],
        ),
        (
            "beans.xml",
            "<beans><bean>\n<property name=\"username\" value=\"scott\"/>\n<property name=\"password\" value=\"PW\"/>\n<property name=\"url\" value=\"jdbc:oracle:thin:@//db1:1521/ORCL\"/>\n</bean></beans>",
            [
                "beans.bean.password",
                "scott",
                "db1",
                "1521",
                "ORCL",
                "oracle",
            ],
        ),
        (
            "appsettings.json",
            r#"{"ConnectionStrings": {"Main": "Server=sql1,1433;Initial Catalog=Orders;User ID=app;Password=PW"}}"#,
            [
                "ConnectionStrings.Main.Password",
                "app",
                "sql1",
                "1433",
                "Orders",
                "sqlserver",
            ],
        ),
        (
            "settings.py",
            "DATABASES = {\n  'default': {\n    'ENGINE': 'django.db.backends.postgresql',\n    'USER': 'app',\n    'PASSWORD': 'PW',\n    'HOST': 'db1',\n  }\n}\n",
            ["PASSWORD", "app", "db1", "", "", "postgres"],
        ),
        (
            "main.py",
            "c = connect(host=\"db1\", user='app', password=\"PW\", port=5433)\n",
            ["password", "app", "db1", "5433", "", ""],
        ),
        (
            "databases.yml",
            "all:\n  - {host: db1, user: one, password: PW}\n  - {host: db2, user: two}\n",
            ["all.password", "one", "db1", "", "", ""],
        ),
    ] {
        assert_eq!(
            known(path, &text.replace("PW", &password)),
            expected.map(str::to_owned),
            "{path}"
        );
    }
}

/// A comment after a key, an opening bracket or a section changes nothing: `@` marks where one can be.
#[test]
fn comments_after_keys_keep_the_level() {
    let password = ["Tiger", "-2931x"].concat();
    let signs: [(&[&str], &[&str]); 4] = [
        (&["app.yml", "app.yaml"], &["#"]),
        (&["app.toml", "app.conf"], &["#"]),
        (&["app.ini", "setup.cfg"], &["#", ";"]),
        (&["app.json", "app.jsonc", "app.json5"], &["//", "/*"]),
    ];
    let texts = [
        "one:@\n  database:@\n    user: app@\n    host: db1@\n    password: PW\ntwo:@\n  user: other\n",
        "---@\none: &anchor@\n  database: !map@\n    user: app\n    host: db1\n    password: PW@\ntwo: {@\n  user: other@\n  }\n",
        "one:@\n  database:@\n    -@\n      host: db1@\n      user: app@\n      password: PW@\n    -@\n      user: other\n",
        "[one.database]@\nuser = \"app\"@\nhost = \"db1\"@\npassword = \"PW\"@\n\n[two]@\nuser = \"other\"\n",
        "[[one.database]]@\nuser = \"app\"@\nhost = \"db1\"@\npassword = \"PW\"@\n[[one.database]]@\nuser = \"other\"\n",
        "one = {@\n  database = {@\n    user = \"app\"@\n    host = \"db1\"@\n    password = \"PW\"@\n  }@\n}@\ntwo = {@\n  user = \"other\"@\n}\n",
        "[one.database]@\nuser = app@\nhost = db1@\npassword = PW\n\n[two]@\nuser = other\n",
        "@\n{@\n\"one\":@\n {@\n\"database\": {@\n\"user\": \"app\",@\n\"host\":@\n \"db1\",@\n\"password\": \"PW\"@\n},@\n\"two\": {@\n\"user\": \"other\"}}}\n",
    ];
    let words = [
        "",
        "the main one",
        "it's {here}: \"db\", [x] = y",
        "host: other",
    ];
    for (text, formats) in [
        (texts[0], &signs[..1]),
        (texts[1], &signs[..1]),
        (texts[2], &signs[..1]),
        (texts[3], &signs[1..3]),
        (texts[4], &signs[1..2]),
        (texts[5], &signs[1..2]),
        (texts[6], &signs[2..3]),
        (texts[7], &signs[3..]),
    ] {
        for (paths, signs) in formats {
            let text = text.replace("PW", &password);
            for path in *paths {
                let expected = ["one.database.password", "app", "db1", "", "", ""];
                assert_eq!(
                    known(path, &text.replace('@', "")),
                    expected,
                    "{path}: {text}"
                );
                for (sign, words) in signs
                    .iter()
                    .flat_map(|sign| words.map(|words| (sign, words)))
                {
                    let end = if *sign == "/*" { " */" } else { "" };
                    let text = text.replace('@', &format!(" {sign} {words}{end}"));
                    assert_eq!(known(path, &text), expected, "{path}: {text}");
                }
            }
        }
    }
}

#[test]
fn signs_of_comments_within_values_are_kept() {
    let user = |path: &str, text: &str| known(path, &text.replace("PW", "Tiger-2931x"))[1].clone();
    assert_eq!(user("a.properties", "db.user=app#1\ndb.password=PW\n"), "");
    for (text, expected) in [
        ("db_user = app ; the owner\ndb_password = PW\n", "app"),
        ("db_user=\"app\" // the owner\ndb_password=\"PW\"\n", "app"),
        ("db_user: app\t# the owner\ndb_password: PW\n", "app"),
    ] {
        assert_eq!(user("a.conf", text), expected, "{text}");
    }
}

#[test]
fn a_login_beside_a_database_is_a_database_s() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let password = ["Tiger", "-2931x"].concat();
    let kind = |text: &str| {
        let text = text.replace("PW", &password);
        engine
            .scan(Text::new(text.as_bytes(), FileKind::Config))
            .matches[0]
            .kind
    };
    assert_eq!(
        kind("adapter: mysql2\nhost: db1\nusername: app\npassword: PW\n"),
        Kind::Database
    );
    assert_eq!(
        kind("host: smtp1\nusername: app\npassword: PW\n"),
        Kind::Application
    );
}

proptest! {
    /// For any bytes, nothing panics, and no context contains a value.
    #[test]
    fn hostile_texts_are_read(
        pieces in prop::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "<a b=\"", "</a>", "<a>", "<!--", "-->", "{", "}", "[", "]", "(", ")", "\"", "'", ":", "=", "\n", "\n  ", "- ", "key", "user: x",
                "password: Tiger-2931x\n", "\"password\": \"Tiger-2931x\"", "<password>Tiger-2931x</password>", "://", "jdbc:", "host=", ";", "@", ",", "\\", "é",
            ]).prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ], 0..40),
        syntax in prop::sample::select(Syntax::ALL.to_vec()),
    ) {
        static ENGINE: std::sync::LazyLock<Engine> =
            std::sync::LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));
        let text = pieces.concat();
        let matches = ENGINE.scan(Text::plain(&text, syntax)).matches;
        for found in &matches {
            let Context { key, user, host, database, .. } = &*found.context;
            for told in [key, user, host, database].into_iter().flatten() {
                prop_assert!(!matches.iter().any(|other| told.contains(&*String::from_utf8_lossy(other.value.expose()))), "{}", told);
            }
        }
    }
}

#[test]
fn a_part_of_a_password_is_told_as_nothing_else() {
    let (first, second) = (["x7Kq", "m2Rv9"].concat(), ["Tz4w", "Lb8Yd3"].concat());
    for (path, text) in [
        (".env", "DB_PASSWORD=ONE_secret=TWO\n"),
        (
            "config.json",
            r#"{"password": "ONE_token=TWO", "user": "app"}"#,
        ),
        (
            "a.properties",
            "db.url=jdbc:sqlserver://h:1433;databaseName=x;password=ONE@TWO;user=app\n",
        ),
        (
            ".env",
            "URL=postgres://app:x7y@ONE/TWO@db.internal/orders\n",
        ),
    ] {
        let text = text.replace("ONE", &first).replace("TWO", &second);
        for part in [&first, &second] {
            let told = known(path, &text);
            assert!(
                told.iter().all(|told| !told.contains(part.as_str())),
                "{text}: {told:?}"
            );
        }
    }
}
