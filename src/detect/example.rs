//! Made-up secrets for the examples of rules.
//!
//! No literal token stands in a rule file, since a push-protection scanner would object to it and somebody might believe
//! it. An example holds placeholders instead: `<<CLASS COUNT>>` becomes that many characters of the class, the same at
//! every run; `<<>>` becomes nothing and splits a literal; `<<github PREFIX>>`, `<<npm>>`, `<<jwt>>` and
//! `<<base64lines N>>` become what their names say.

use super::proof::base62_crc32;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGIT: &str = "0123456789";

/// Replaces every placeholder. An unknown one is an error that names it.
pub fn expand(template: &str) -> Result<String, String> {
    // A seed from the text: the same example always gives the same characters, two examples differ.
    let mut random = Random(u64::from(crc32fast::hash(template.as_bytes())) | 1 << 40);
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("<<") {
        let (placeholder, after) = after.split_once(">>").ok_or("`<<` without `>>`")?;
        out.push_str(before);
        out.push_str(&made_up(placeholder, &mut random)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn made_up(placeholder: &str, random: &mut Random) -> Result<String, String> {
    let alnum = [UPPER, LOWER, DIGIT].concat();
    let mut words = placeholder.split_whitespace();
    let class = words.next().unwrap_or("");
    let argument = words.next();
    let checksummed = |prefix: &str, random: &mut Random| {
        let body = random.text(&alnum, 30);
        format!("{prefix}{body}{}", String::from_utf8_lossy(&base62_crc32(body.as_bytes())))
    };
    match class {
        "" => return Ok(String::new()),
        "github" => return Ok(checksummed(argument.ok_or("`github` needs a prefix")?, random)),
        "npm" => return Ok(checksummed("npm_", random)),
        // {"alg":"HS256","typ":"JWT"} and {"sub":"1234567890","name":…}
        "jwt" => {
            let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
            let claims = "eyJzdWIiOiI4NDE3MDIzIiwibmFtZSI6Ik1hZGUgVXAifQ";
            return Ok([header, claims, &random.text(&alnum, 43)].join("."));
        }
        _ => {}
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
        _ => return Err(format!("unknown placeholder `<<{placeholder}>>`")),
    };
    let count: usize =
        argument.and_then(|count| count.parse().ok()).ok_or(format!("`<<{placeholder}>>` needs a count"))?;
    if class == "base64lines" {
        let lines: Vec<String> = (0..count).map(|_| random.text(&alphabet, 64)).collect();
        return Ok(lines.join("\n"));
    }
    Ok(random.text(&alphabet, count))
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to look random.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..count).map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize])).collect()
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
        assert_eq!(expand("<<github gh").unwrap_err(), "`<<` without `>>`");
        assert!(expand("<<nothing 3>>").unwrap_err().contains("unknown placeholder"));
        assert!(expand("<<hex>>").unwrap_err().contains("needs a count"));
    }
}
