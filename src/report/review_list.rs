//! The secrets in review: their questions, their places, and an example of an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::number::count;
use super::place::place;
use super::table;
use crate::escape;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::native_replacement::ReplacementStatus;
use crate::inventory::place_order;

/// Number of secrets listed. The inventory contains all of them.
const SHOWN: usize = 10;

/// Writes the list, or nothing if no secret is in review. `inventory` is the folder of the
/// inventory, `list` the command that lists all secrets in review.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    secrets: &[Secret],
    inventory: &str,
    list: &str,
) -> io::Result<()> {
    // Secrets with the same questions share one block.
    let mut groups: BTreeMap<(&str, &[String]), Vec<&Secret>> = BTreeMap::new();
    for secret in secrets
        .iter()
        .filter(|secret| secret.decision.outcome == Outcome::Review)
    {
        let decision = &secret.decision;
        groups
            .entry((&decision.reason, &decision.questions))
            .or_default()
            .push(secret);
    }
    let total: usize = groups.values().map(Vec::len).sum();
    if total == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\nin review ({}):",
        count(
            total as u64,
            "secret waits for an answer",
            "secrets wait for an answer"
        )
    )?;
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, secrets)| std::cmp::Reverse(secrets.len()));
    let mut left = SHOWN;
    // The first secret of each kind of answer.
    let (mut outcome, mut reading, mut replacement) = (None, None, None);
    for ((reason, questions), mut secrets) in groups {
        if left == 0 {
            break;
        }
        // Secrets that can be read now are the most urgent.
        secrets.sort_by_key(|secret| (secret.exposure, &secret.id));
        secrets.truncate(left);
        left -= secrets.len();
        let doubtful = secrets.iter().find(|secret| secret.is_doubtful());
        reading = reading.or(doubtful.map(|secret| &secret.id));
        replacement = replacement.or_else(|| {
            secrets.iter().find_map(|secret| {
                let known = secret.replacement.as_ref();
                let asked = known.filter(|known| known.status == ReplacementStatus::Question)?;
                Some((&secret.id, &asked.rule))
            })
        });
        let other = secrets.iter().find(|secret| !secret.is_doubtful());
        outcome = outcome.or(other.map(|secret| &secret.id));
        writeln!(out, "  {}", escape::line(reason))?;
        for question in questions {
            writeln!(out, "  - {}", escape::line(question))?;
        }
        let rows: Vec<Vec<String>> = secrets.iter().map(|secret| row(secret)).collect();
        table::write(out, "    ", &[], &rows)?;
        for secret in &secrets {
            write_readings(out, secret)?;
        }
    }
    let inventory = escape::line(inventory);
    if let Some(more @ 1..) = total.checked_sub(SHOWN) {
        writeln!(
            out,
            "  and {more} more: `{}` lists them",
            escape::line(list)
        )?;
    }
    writeln!(
        out,
        "  The answers go into {inventory}/decisions.yaml, or a file in {inventory}/decisions (retire, retain, relocate or dismiss):"
    )?;
    writeln!(out, "    schema: 2\n    statements:")?;
    if let Some(id) = outcome {
        writeln!(
            out,
            "      - {{ secret: {id}, outcome: retire, reason: \"…\", by: you@example.com }}"
        )?;
    }
    if let Some(id) = reading {
        writeln!(
            out,
            "      - {{ secret: {id}, reading: as-read, by: you@example.com }}"
        )?;
    }
    if let Some((id, rule)) = replacement {
        let rule = escape::line(rule);
        writeln!(
            out,
            "      - {{ secret: {id}, replacement: {rule}, by: you@example.com }}    # or `none`"
        )?;
    }
    Ok(())
}

/// The two readings of a doubtful value. They are not in the inventory in plain text: they tell lengths.
fn write_readings(out: &mut dyn Write, secret: &Secret) -> io::Result<()> {
    if !secret.is_doubtful() {
        return Ok(());
    }
    let readings = secret.readings();
    let words: BTreeSet<String> = readings
        .map(|(_, of)| of.in_words(of.written == secret.fingerprint))
        .collect();
    for words in words {
        writeln!(out, "      {}: {words}", secret.id)?;
    }
    Ok(())
}

/// Id, kind and first place of a secret.
fn row(secret: &Secret) -> Vec<String> {
    let first = place_order::sorted(secret).first().copied();
    let mut at = first.map(place).unwrap_or_default();
    if let Some(more @ 1..) = secret.occurrences.len().checked_sub(1) {
        at.push_str(&format!(
            " and {}",
            count(more as u64, "more place", "more places")
        ));
    }
    vec![secret.id.to_string(), secret.kind.name().to_owned(), at]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample_secrets::relocated;
    use crate::finding::{Certainty, Doubt, Readings};
    use crate::inventory::native_replacement::Replacement;
    use crate::secret::{Fingerprint, SecretValue};

    const LIST: &str = "keyferry list --outcome review";

    #[test]
    fn the_two_readings_of_a_value_are_compared() {
        let mut secret = relocated(1, "DB_PASSWORD", &[("shop", "app.env")]);
        secret.decision.outcome = Outcome::Review;
        let value = |text: &str| SecretValue::new(text.as_bytes().to_vec());
        let place = &mut secret.occurrences[0];
        place.certainty = Certainty::Doubtful(Doubt::UnknownEscape);
        let compared = Readings::of(
            &value("quaymast"),
            &value("quay\\mast"),
            Fingerprint([9; 32]),
        );
        place.readings = Some(Box::new(compared));
        let mut out = Vec::new();
        write(&mut out, &[secret], "inventory", LIST).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.contains("s-000000000000000100000000: as-read has 8 bytes, as-written has 9; the reading has 1 `\\` less\n"),
            "{out}"
        );
        assert!(!out.contains("quay"), "{out}");
    }

    #[test]
    fn the_answer_to_a_question_about_a_replacement_is_shown() {
        let mut secret = relocated(1, "AWS_SECRET_ACCESS_KEY", &[("shop", "app.env")]);
        secret.decision.outcome = Outcome::Review;
        let mut replacement = Replacement {
            rule: "aws-access-key".to_owned(),
            service: "an IAM role".to_owned(),
            documentation: None,
            status: ReplacementStatus::Question,
        };
        let line = "      - { secret: s-000000000000000100000000, replacement: aws-access-key, by: you@example.com }    # or `none`\n";
        for (status, is_shown) in [
            (ReplacementStatus::Question, true),
            (ReplacementStatus::Remark, false),
        ] {
            replacement.status = status;
            secret.replacement = Some(replacement.clone());
            let mut out = Vec::new();
            write(&mut out, std::slice::from_ref(&secret), "inventory", LIST).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out.contains(line), is_shown, "{out}");
        }
    }

    #[test]
    fn secrets_with_the_same_questions_share_one_block() {
        let mut secrets: Vec<Secret> = (1..14)
            .map(|n| relocated(n, "DB_PASSWORD", &[("shop", "test/a\u{1b}.py")]))
            .collect();
        for (at, secret) in secrets.iter_mut().enumerate().skip(1) {
            secret.decision.outcome = Outcome::Review;
            secret.decision.reason = if at == 1 {
                "Its places disagree."
            } else {
                "It is only in tests."
            }
            .to_owned();
            secret.decision.questions = vec!["Is it real?".to_owned(), "Is it used?".to_owned()];
        }
        let mut out = Vec::new();
        write(&mut out, &secrets, "inventory", LIST).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        in review (12 secrets wait for an answer):
          It is only in tests.
          - Is it real?
          - Is it used?
            s-000000000000000300000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000400000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000500000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000600000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000700000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000800000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000900000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000a00000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000b00000000  application  shop:test/a\u{1b}.py:1
            s-000000000000000c00000000  application  shop:test/a\u{1b}.py:1
          and 2 more: `keyferry list --outcome review` lists them
          The answers go into inventory/decisions.yaml, or a file in inventory/decisions (retire, retain, relocate or dismiss):
            schema: 2
            statements:
              - { secret: s-000000000000000300000000, outcome: retire, reason: "…", by: you@example.com }
        "#);
        let mut out = Vec::new();
        write(&mut out, &secrets[..1], "inventory", LIST).unwrap();
        assert!(out.is_empty());
    }
}
