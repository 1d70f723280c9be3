use super::read_assignment;
use crate::detect::file_kind::FileKind;
use crate::detect::formats::NoAssignment;

fn found(text: &str, kind: FileKind) -> Option<(String, String)> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("password").or_else(|| lower.find("token"))?;
    let len = if lower[at..].starts_with("password") {
        8
    } else {
        5
    };
    let found = read_assignment(text.as_bytes(), &(at..at + len), kind).ok()?;
    Some((text[found.name].to_owned(), text[found.value].to_owned()))
}

#[test]
fn assignments_of_many_shapes() {
    use FileKind::{Code, Config, Dotenv, Markup, Unknown};
    for (text, kind, name, value) in [
        ("password = hunter2x", Config, "password", "hunter2x"),
        (
            "DB_PASSWORD=hun#ter # old",
            Config,
            "DB_PASSWORD",
            "hun#ter",
        ),
        (
            "spring.datasource.password: hunter2x\n",
            Config,
            "spring.datasource.password",
            "hunter2x",
        ),
        (
            "{\"password\": \"hun\\\"ter\"}",
            Config,
            "password",
            "hun\\\"ter",
        ),
        (
            "{user: a, password: hunter2x}",
            Config,
            "password",
            "hunter2x",
        ),
        (
            "String dbPassword = \"hunter2x\";",
            Code,
            "dbPassword",
            "hunter2x",
        ),
        (
            "$db['password'] = 'hunter2x';",
            Code,
            "password",
            "hunter2x",
        ),
        ("password: str = 'hunter2x'", Code, "password", "hunter2x"),
        (":password => 'hunter2x',", Code, "password", "hunter2x"),
        ("setPassword(\"hunter2x\")", Code, "setPassword", "hunter2x"),
        (
            "<password>hunter2x</password>",
            Markup,
            "password",
            "hunter2x",
        ),
        (
            "mysqldump --password=hunter2x db",
            Config,
            "--password",
            "hunter2x",
        ),
        ("tool --token hunter2x --all", Config, "--token", "hunter2x"),
        (
            "\"Server=x;User Id=sa;Password=hunter2x;\"",
            Code,
            "Password",
            "hunter2x",
        ),
        (
            "url = \"jdbc:mysql://h/d?user=a&password=hunter2x\"",
            Code,
            "password",
            "hunter2x",
        ),
        (
            "if (password == \"hunter2x\")",
            Code,
            "password",
            "hunter2x",
        ),
        ("password: UzNj+NDI=", Config, "password", "UzNj+NDI="),
        ("password: UzNj/NDI= # x", Config, "password", "UzNj/NDI="),
        ("password=UzNjNDI=\n", Unknown, "password", "UzNjNDI="),
        (
            "a:\n  password: UzNjNDI=\n  b: c\n",
            Config,
            "password",
            "UzNjNDI=",
        ),
        (
            "DB_PASSWORD=correct horse battery # x\r\n",
            Dotenv,
            "DB_PASSWORD",
            "correct horse battery",
        ),
        (
            "A=b\nexport PASSWORD = it's#mine\n",
            Dotenv,
            "PASSWORD",
            "it's#mine",
        ),
        (
            "OPTS=-Dpassword=hunter2x -Da=b",
            Dotenv,
            "-Dpassword",
            "hunter2x",
        ),
        (
            "s = \"{\\\"password\\\":\\\"hunter2x\\\"}\"",
            Code,
            "password",
            "hunter2x",
        ),
    ] {
        assert_eq!(
            found(text, kind),
            Some((name.to_owned(), value.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_assignment() {
    for (text, kind) in [
        ("password = get_password()", FileKind::Code),
        ("the password is not stored", FileKind::Prose),
        ("password: the one that you chose", FileKind::Prose),
        ("password_file = x", FileKind::Config),
        ("password::new(x)", FileKind::Code),
        ("password = ", FileKind::Config),
        ("PASSWORD= # none", FileKind::Dotenv),
        ("password: str = get_password()", FileKind::Code),
        ("password = \"open", FileKind::Code),
        ("validatePassword(\"a\", \"b\")", FileKind::Code),
    ] {
        assert_eq!(found(text, kind), None, "{text}");
    }
}

#[test]
fn what_is_no_assignment_has_a_reason() {
    for (text, kind, why) in [
        (
            "password_file = x",
            FileKind::Config,
            NoAssignment::NameGoesOn,
        ),
        ("password is x", FileKind::Prose, NoAssignment::NoOperator),
        ("password = ", FileKind::Config, NoAssignment::NoValue),
        ("password: # none", FileKind::Config, NoAssignment::NoValue),
        ("password --all", FileKind::Config, NoAssignment::NoOperator),
        ("password = \"open", FileKind::Code, NoAssignment::Open(11)),
        (
            "password(\"a\", \"b\")",
            FileKind::Code,
            NoAssignment::NoLiteral,
        ),
        (
            "password = get_password()",
            FileKind::Code,
            NoAssignment::Expression,
        ),
        (
            "password: the one that you chose",
            FileKind::Prose,
            NoAssignment::Sentence,
        ),
    ] {
        assert_eq!(
            read_assignment(text.as_bytes(), &(0..8), kind),
            Err(why),
            "{text}"
        );
    }
}
