//! JSON Web Tokens (RFC 7519).

use super::verdict::Verdict;
use crate::detect::decode::base64;
use crate::finding::Confidence;

/// The verdict about three base64url parts, of which the first is a JSON object with `alg` and the
/// second a JSON object. A token that declares itself unsigned (`alg` is `none`) gives no access by
/// itself. `now` is in seconds since 1970.
pub(super) fn verdict(value: &[u8], now: i64) -> Verdict {
    let mut parts = value.split(|&b| b == b'.');
    let (Some(header), Some(claims), Some(_signature)) = (parts.next(), parts.next(), parts.next())
    else {
        return Verdict::Refuted;
    };
    let object = |part: &[u8]| -> Option<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_slice(&base64::decode(part)?).ok()
    };
    let (Some(header), Some(claims)) = (object(header), object(claims)) else {
        return Verdict::Refuted;
    };
    match header.get("alg").and_then(serde_json::Value::as_str) {
        None => Verdict::Refuted,
        Some(algorithm) if algorithm.eq_ignore_ascii_case("none") => Verdict::Doubtful(
            Confidence::Low,
            "it says that it is not signed (`alg` is `none`)",
        ),
        // A NumericDate may have a fraction (RFC 7519, section 2).
        Some(_) => match claims.get("exp").and_then(serde_json::Value::as_f64) {
            Some(expiry) if expiry < now as f64 => Verdict::Expired,
            _ => Verdict::Proved,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jwt_needs_an_algorithm_and_tells_expiry() {
        let part = |json: &str| {
            use ::base64::Engine;
            ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
        };
        let token = |header: &str, claims: &str| {
            [part(header), part(claims), "c2ln".into()]
                .join(".")
                .into_bytes()
        };
        let alg = r#"{"alg":"HS256"}"#;
        assert_eq!(verdict(&token(alg, r#"{"sub":"x"}"#), 0), Verdict::Proved);
        assert_eq!(verdict(&token(alg, r#"{"exp":100}"#), 99), Verdict::Proved);
        assert_eq!(
            verdict(&token(alg, r#"{"exp":100}"#), 101),
            Verdict::Expired
        );
        assert_eq!(verdict(&token("{}", "{}"), 0), Verdict::Refuted);
        assert_eq!(verdict(b"eyJ.eyJ.x", 0), Verdict::Refuted);
        let unsigned = verdict(&token(r#"{"alg":"none"}"#, "{}"), 0);
        assert!(matches!(unsigned, Verdict::Doubtful(Confidence::Low, _)));
    }
}
