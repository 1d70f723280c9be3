//! Generated secrets for the examples of rules.
//!
//! Rule files contain no literal token: a push-protection scanner would object to it, and a reader might
//! take it for a real one. An example contains placeholders instead. `<<CLASS COUNT>>` becomes that many
//! characters of the class, the same at every run; `<<>>` becomes nothing and splits a literal;
//! `<<base64lines N>>` becomes lines; the names of providers become tokens with correct checksums.

use super::decode::base64;
use super::proof::{azure, base32, bech32, crc, nkey};

mod seeded_random;
pub(super) mod store_builder;

pub(super) use seeded_random::SeededRandom;

/// The lower-case letters.
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
/// The upper-case letters.
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The digits.
const DIGIT: &str = "0123456789";

/// A placeholder that cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExampleError {
    /// A placeholder does not end.
    #[error("`<<` without `>>`")]
    Unclosed,
    /// No class of characters and no token has this name.
    #[error("unknown placeholder `<<{0}>>`")]
    Unknown(String),
    /// A class of characters has no count.
    #[error("`<<{0}>>` needs a count")]
    NoCount(String),
    /// The token takes more arguments.
    #[error("`{0}` needs another argument")]
    NoArgument(String),
    /// An argument of the token is not a number.
    #[error("`{0}` needs a number")]
    NoNumber(String),
    /// A part of a key has the wrong length.
    #[error("{part} has {letters} letters")]
    Length {
        /// The part, with its article.
        part: &'static str,
        /// Its length.
        letters: usize,
    },
    /// With this count, the key of Azure is not whole base64.
    #[error("`azure` needs another count")]
    AzureCount,
    /// No generated key of Azure has a checksum without symbols.
    #[error("no key of Azure with an alphanumeric checksum in a hundred attempts")]
    NoAzureKey,
    /// A DER sequence of that many numbers needs a longer length field.
    #[error("too many numbers")]
    TooManyNumbers,
    /// No key store has this name.
    #[error("no store is called `{0}`")]
    UnknownStore(String),
}

/// Replaces every placeholder. The same template always gives the same text.
///
/// # Errors
/// If a placeholder is unknown or unclosed, or has wrong arguments.
pub fn expand(template: &str) -> Result<String, ExampleError> {
    // The seed is a hash of the template: the same template gives the same characters, another
    // gives others.
    let mut random = SeededRandom::new(u64::from(crc32fast::hash(template.as_bytes())) | 1 << 40);
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("<<") {
        let (placeholder, after) = after.split_once(">>").ok_or(ExampleError::Unclosed)?;
        out.push_str(before);
        out.push_str(&made_up(placeholder, &mut random)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Generates the text of a placeholder.
fn made_up(placeholder: &str, random: &mut SeededRandom) -> Result<String, ExampleError> {
    let alnum = [UPPER, LOWER, DIGIT].concat();
    let mut words = placeholder.split_whitespace();
    let class = words.next().unwrap_or("");
    let argument = words.clone().next();
    if let Some(token) = checksummed(class, &words.collect::<Vec<_>>(), random)? {
        return Ok(token);
    }
    let alphabet = match class {
        "alnum" => alnum,
        "letters" => [UPPER, LOWER].concat(),
        "lower" => LOWER.into(),
        "upper" => UPPER.into(),
        "digit" => DIGIT.into(),
        "hex" => "0123456789abcdef".into(),
        "HEX" => "0123456789ABCDEF".into(),
        "loweralnum" => [LOWER, DIGIT].concat(),
        "upperalnum" => [UPPER, DIGIT].concat(),
        "base64" | "base64lines" => [&alnum, "+/"].concat(),
        "base64url" => [&alnum, "-_"].concat(),
        "base32" => [UPPER, "234567"].concat(),
        "base32lower" => [LOWER, "234567"].concat(),
        _ => return Err(ExampleError::Unknown(placeholder.to_owned())),
    };
    let count: usize = argument
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| ExampleError::NoCount(placeholder.to_owned()))?;
    if class == "base64lines" {
        let lines: Vec<String> = (0..count).map(|_| random.text(&alphabet, 64)).collect();
        return Ok(lines.join("\n"));
    }
    Ok(random.text(&alphabet, count))
}

/// Generates the token of a placeholder that is more than random characters; `None` if `class`
/// names no token.
fn checksummed(
    class: &str,
    arguments: &[&str],
    random: &mut SeededRandom,
) -> Result<Option<String>, ExampleError> {
    let alnum = [UPPER, LOWER, DIGIT].concat();
    let base64url = [&alnum, "-_"].concat();
    let argument = |at: usize| {
        arguments
            .get(at)
            .copied()
            .ok_or_else(|| ExampleError::NoArgument(class.to_owned()))
    };
    let number = |at| {
        argument(at)?
            .parse::<usize>()
            .map_err(|_| ExampleError::NoNumber(class.to_owned()))
    };
    let closed = |prefix: &str,
                  body: String,
                  sum: &dyn Fn(&[u8]) -> String|
     -> Result<Option<String>, ExampleError> {
        let sum = sum(body.as_bytes());
        Ok(Some(format!("{prefix}{body}{sum}")))
    };
    let text = |sum: &[u8]| String::from_utf8_lossy(sum).into_owned();
    match class {
        "" => Ok(Some(String::new())),
        "github" => closed(argument(0)?, random.text(&alnum, 30), &|body| {
            text(&crc::base62(body))
        }),
        "npm" => closed("npm_", random.text(&alnum, 30), &|body| {
            text(&crc::base62(body))
        }),
        "zuplo" => closed(
            "zpka_",
            random.text(&[LOWER, DIGIT].concat(), 32),
            &|body| format!("_{}", crc::hex8(body)),
        ),
        "confluent" => closed("cflt", random.text(&[&alnum, "+/"].concat(), 54), &|body| {
            text(&crc::base64(body))
        }),
        "grafana" => {
            let body = format!("glsa_{}", random.text(&alnum, 32));
            closed("", body, &|body| format!("_{}", crc::hex8_reversed(body)))
        }
        "atlassian" => {
            let body = format!("{}{}=", argument(0)?, random.text(&base64url, 171));
            closed("", body, &|body| crc::hex8(body).to_uppercase())
        }
        "gitlab" => {
            // 37, the length of the random part, is `11` in base 36.
            let body = format!("{}{}.01.11", argument(0)?, random.text(&base64url, 37));
            closed("", body, &|body| text(&crc::base36(body)))
        }
        "age" | "age-pq" => {
            let name = if class == "age" {
                "AGE-SECRET-KEY-"
            } else {
                "AGE-SECRET-KEY-PQ-"
            };
            let body = random.text("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 52);
            closed(&format!("{name}1"), body, &|body| {
                text(&bech32::checksum(name.as_bytes(), body)).to_uppercase()
            })
        }
        // The arguments: seed, signature, number of characters before it.
        "azure" => {
            let seed = argument(0)?
                .as_bytes()
                .try_into()
                .map_err(|_| ExampleError::Length {
                    part: "a seed",
                    letters: 8,
                })?;
            let (signature, count) = (argument(1)?, number(2)?);
            // Some services accept only keys whose checksum consists of letters and digits.
            for _ in 0..100 {
                let head = format!("{}{signature}AAAAAA", random.text(&alnum, count));
                let mut bytes = base64::decode(head.as_bytes()).ok_or(ExampleError::AzureCount)?;
                let body = bytes.len() - 4;
                let sum = azure::marvin(seed, &bytes[..body]).to_le_bytes();
                bytes[body..].copy_from_slice(&sum);
                let key = base64::encode(&bytes);
                if key[count + signature.len()..]
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'=')
                {
                    return Ok(Some(key));
                }
            }
            Err(ExampleError::NoAzureKey)
        }
        "azure-annotated" => {
            let head = format!(
                "{}JQQJ99{}{}",
                random.text(&alnum, 52),
                random.text(&alnum, 18),
                argument(0)?
            );
            let body = base64::decode(head.as_bytes()).filter(|body| body.len() == 60);
            let sum = azure::annotated_checksum(&body.ok_or(ExampleError::Length {
                part: "a signature",
                letters: 4,
            })?);
            Ok(Some(format!("{head}{}", text(&sum[..4]))))
        }
        "azure-client-secret" => {
            let body = format!(
                "{}8Q~{}",
                random.text(&alnum, 3),
                random.text(&base64url, 31)
            );
            closed("", body, &|body| text(&azure::client_secret_checksum(body)))
        }
        "azure-devops" => {
            let mut bytes = std::array::from_fn(|_| random.next() as u8);
            azure::close_devops(&mut bytes);
            Ok(Some(base32::encode(&bytes)))
        }
        // The argument: the letter of the kind.
        "nkey" => {
            let kind = match argument(0)? {
                "O" => 14,
                "N" => 13,
                "C" => 2,
                "X" => 23,
                "A" => 0,
                _ => 20u16,
            };
            let mut seed = std::array::from_fn(|_| random.next() as u8);
            // Eighteen is the letter `S`. The six bits behind the kind are zero.
            seed[..2].copy_from_slice(&(18 << 11 | kind << 6).to_be_bytes());
            nkey::close(&mut seed);
            Ok(Some(base32::encode(&seed).to_uppercase()))
        }
        // Numbers of 64 bytes in a DER sequence, as lines of base64: an RSA key has nine, a DSA key
        // six.
        "derlines" => {
            let numbers: Vec<u8> = (0..number(0)?)
                .flat_map(|_| {
                    [2, 64]
                        .into_iter()
                        .chain(random.text(&alnum, 64).into_bytes())
                })
                .collect();
            let length = u16::try_from(numbers.len())
                .map_err(|_| ExampleError::TooManyNumbers)?
                .to_be_bytes();
            let bytes = [&[0x30, 0x82, length[0], length[1]], numbers.as_slice()].concat();
            let lines: Vec<String> = base64::encode(&bytes)
                .as_bytes()
                .chunks(64)
                .map(text)
                .collect();
            Ok(Some(lines.join("\n")))
        }
        // The arguments: the kind, two digits, and the number of ids in the base64.
        "slack" => {
            let (kind, head) = (argument(0)?, argument(1)?);
            let numbers: String = (0..number(2)?)
                .map(|_| format!("-48{}", random.text(DIGIT, 11)))
                .collect();
            let body = base64::encode(
                format!("{head}{numbers}-{}", random.text("0123456789abcdef", 64)).as_bytes(),
            );
            Ok(Some(format!("{kind}-1-{}", body.trim_end_matches('='))))
        }
        "store" => {
            let store = store_builder::store(argument(0)?, random)
                .ok_or_else(|| ExampleError::UnknownStore(arguments.concat()))?;
            Ok(Some(base64::encode(&store)))
        }
        // {"alg":"HS256","typ":"JWT"} and {"sub":"1234567890","name":…}
        "jwt" => {
            let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
            let claims = "eyJzdWIiOiI4NDE3MDIzIiwibmFtZSI6Ik1hZGUgVXAifQ";
            Ok(Some([header, claims, &random.text(&alnum, 43)].join(".")))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_expand_the_same_way_every_time() {
        let once = expand("a<<>>b=<<hex 8>>;").unwrap();
        assert_eq!(once, expand("a<<>>b=<<hex 8>>;").unwrap());
        assert!(once.starts_with("ab=") && once.len() == 12, "{once}");
        assert_eq!(expand("<<base64lines 3>>").unwrap().lines().count(), 3);
        assert_eq!(expand("<<github gh"), Err(ExampleError::Unclosed));
        assert_eq!(
            expand("<<nothing 3>>"),
            Err(ExampleError::Unknown("nothing 3".into()))
        );
        assert_eq!(expand("<<derlines 9>>").unwrap().lines().count(), 13);
        assert_eq!(
            expand("<<azure-annotated>>"),
            Err(ExampleError::NoArgument("azure-annotated".into()))
        );
        assert!(expand("<<azure seed>>").is_err() && expand("<<derlines x>>").is_err());
        assert_eq!(expand("<<hex>>"), Err(ExampleError::NoCount("hex".into())));
    }
}
