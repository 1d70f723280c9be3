//! Values that refer to another value (templates, variables, secret stores), or are code.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::word_lists::{anywhere, beginning};

/// Whether a value refers to another one: a template, a variable, the environment, a secret store.
pub(super) fn is_reference(value: &[u8], quoted: bool) -> bool {
    const TEMPLATES: [(&[u8], &[u8]); 8] = [
        (b"${", b"}"),
        (b"{{", b"}}"),
        (b"#{", b"}"),
        (b"<%", b"%>"),
        (b"{%", b"%}"),
        (b"$(", b")"),
        (b"@{", b"}"),
        (b"[[", b"]]"),
    ];
    let starts = |prefix: &[u8]| value.starts_with(prefix);
    // Most values have none of these bytes.
    let may_have_mark = value.iter().any(|b| matches!(b, b'{' | b'%' | b'(' | b'['));
    if may_have_mark
        && TEMPLATES
            .into_iter()
            .any(|(open, close)| has_template(value, open, close))
    {
        return true;
    }
    // $VARIABLE, %VARIABLE%, %s, {0}, {name}, <name>, :name, @name@, __NAME__
    let inner = |open: u8, close: u8| {
        value.len() > 2 && value[0] == open && value[value.len() - 1] == close
    };
    let wordy = |part: &[u8]| {
        !part.is_empty()
            && part.iter().all(|&b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b' ')
            })
    };
    if (value[0] == b'$'
        && value.len() > 1
        && value[1..]
            .iter()
            .all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
        || (value[0] == b'$' && !quoted && wordy(&value[1..]))
        || ((inner(b'%', b'%')
            || inner(b'{', b'}')
            || inner(b'<', b'>')
            || inner(b'@', b'@')
            || inner(b'[', b']'))
            && wordy(&value[1..value.len() - 1]))
        || (starts(b"__") && value.ends_with(b"__"))
        || (value[0] == b'%' && value.len() <= 6)
    {
        return true;
    }
    // `:name` is bound by a query; `%{name}`, `%(name)s` and `%env(NAME)%` are templates.
    let bound = value[0] == b':'
        && value.len() > 1
        && value[1..]
            .iter()
            .all(|&b| b.is_ascii_lowercase() || b == b'_');
    if bound || starts(b"%{") || starts(b"%(") || starts(b"%env(") {
        return true;
    }
    const STARTS: &str = "vault: secrets. var. data. local. module. each. op:// ssm: keyring: config. params. self. this. env. env: \
        $env: settings. options. opts. args. props. request. req. ctx. secretsmanager: awssm: kms: sops: file:";
    const ANYWHERE: &str = "process.env os.environ getenv ENV[ System.getProperty secretKeyRef ref+ arn:aws: !Ref !GetAtt !Sub \
        !ImportValue !vault {{resolve: @Microsoft.KeyVault ssm-secure: secretmanager.googleapis";
    static BEGINNINGS: LazyLock<Regex> = LazyLock::new(|| beginning(STARTS));
    static PARTS: LazyLock<Regex> = LazyLock::new(|| anywhere(ANYWHERE));
    BEGINNINGS.is_match(value) || PARTS.is_match(value)
}

/// Whether a value has a template: its mark is at the beginning of the value, or has its end or only a name behind it, of
/// which the value may show a part. Elsewhere the mark is a part of a random value.
fn has_template(value: &[u8], open: &[u8], close: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(value, open) else {
        return false;
    };
    let inner = at + open.len();
    let is_of_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.');
    at == 0
        || value[inner..].iter().all(is_of_name)
        || memchr::memmem::rfind(value, close).is_some_and(|end| end >= inner)
}

/// Whether a value is the code between two literals, which joins them: `" . $password . "`, `'"+pw+"'`, as in SQL that a
/// program puts together.
pub(super) fn is_interpolation(value: &[u8]) -> bool {
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let is_joint = |byte: Option<&u8>| matches!(byte, Some(b'.' | b'+' | b'&' | b'|' | b','));
    let [first, inner @ .., last] = value else {
        return false;
    };
    let inner = inner.trim_ascii();
    let is_joined = is_joint(inner.first()) && is_joint(inner.last());
    is_quote(Some(first)) && is_quote(Some(last)) && is_joined
}

/// Whether the first bracket of a value without quotes is never closed, although the value may end behind it.
pub fn is_unclosed(value: &[u8]) -> bool {
    let goes_on = |byte: &u8| b"([{,+-*/=|&.".contains(byte);
    bracket(value).is_some_and(|(_, close)| close.is_none()) && !value.last().is_some_and(goes_on)
}

/// The offset of the first round or square bracket, and that of the last one that closes such a bracket.
fn bracket(value: &[u8]) -> Option<(usize, Option<usize>)> {
    let open = memchr::memchr2(b'(', b'[', value)?;
    let close = if value[open] == b'(' { b')' } else { b']' };
    let end = memchr::memrchr(close, &value[open..]);
    Some((open, end.map(|end| open + end)))
}

/// Whether a value without quotes is code: a call, an index, a chain of names.
pub(super) fn is_expression(value: &[u8]) -> bool {
    if let Some((open, close)) = bracket(value) {
        let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':');
        let behind = close.and_then(|close| value.get(close + 1));
        if open > 0
            && value[..open].iter().all(is_of_name)
            && !behind.is_some_and(u8::is_ascii_alphanumeric)
        {
            return true;
        }
    }
    if matches!(
        value[0],
        b'(' | b'[' | b'{' | b'<' | b'&' | b'|' | b'>' | b'=' | b'!'
    ) && value.len() < 12
    {
        return true;
    }
    // a.b.c, a->b, A::b
    let chain = value
        .iter()
        .all(|&b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':' | b'>' | b'-'));
    chain
        && (memchr::memmem::find(value, b"->").is_some()
            || memchr::memmem::find(value, b"::").is_some()
            || value
                .split(|&b| b == b'.')
                .filter(|p| !p.is_empty())
                .count()
                >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_values() {
        for value in [
            "${DB_PASSWORD}",
            "{{ vault.key }}",
            "%(password)s",
            "#{password}",
            "$(cat x)",
            "x-${DB_PASSWORD}",
            "app-{{",
            "O$(openssl",
            "process.env.X",
            ":password",
            "os.environ['X']",
            "!Ref Password",
            "var.password",
            "data.vault.password",
            "<password>",
            "%{token}",
            "@TOKEN@",
            "{{resolve:secretsmanager:x}}",
            "arn:aws:secretsmanager:eu-central-1:1:secret:x",
            "%env(DB_PASSWORD)%",
        ] {
            assert!(is_reference(value.as_bytes(), true), "{value}");
        }
        for value in [
            "Winter2024!",
            "$ummer-24",
            "100%sure",
            "variable",
            "data-7x",
            "a{b}c",
            "ab{{9x}T",
            "q7${Q@4y",
            "Xk[[9",
            ":Winter:2024",
            "env1ron",
        ] {
            assert!(!is_reference(value.as_bytes(), true), "{value}");
        }
    }

    #[test]
    fn code_is_told_from_values() {
        for value in [
            "getPassword()",
            "settings.API",
            "self->key",
            "Config::get",
            "[]",
            "names[0]",
        ] {
            assert!(is_expression(value.as_bytes()), "{value}");
        }
        for value in ["realmadrid", "Winter2024!", "x7.q2.p9", "kf[9]clDW,0"] {
            assert!(!is_expression(value.as_bytes()), "{value}");
        }
    }
}
