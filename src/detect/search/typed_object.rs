//! Secret members of objects whose `type` names a kind of credential (see [`object_members`]).

use std::ops::Range;
use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::decode;
use crate::detect::event::Event;
use crate::detect::filters::{self, AssignedValue};
use crate::detect::formats::object_members::{self, Object};
use crate::finding::{Context, Decoding};
use crate::secret::SecretValue;

/// Clients that Google publishes in its own tools, secret included.
const PUBLIC_CLIENTS: [&[u8]; 2] = [
    b"764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com",
    b"32555940559.apps.googleusercontent.com",
];

impl LineSearch<'_, '_> {
    /// Reads the object that has its type at `anchor`, and its first member of one of these names.
    pub(super) fn typed_object(&mut self, rule: usize, members: &[String], anchor: &Range<usize>) {
        // Each byte is read for one object only, so that hostile text costs no more.
        let slot = self.slot(rule);
        let from = self.states[slot].from;
        if from > anchor.start {
            return;
        }
        let bytes = self.text.bytes;
        let (object, seen) = object_members::read_object(bytes, anchor, from);
        self.states[slot].from = seen;
        let found = object
            .as_ref()
            .and_then(|object| members.iter().find_map(|name| object.member(bytes, name)));
        match (object, found) {
            (Some(object), Some((key, range))) => self.member(rule, &object, key, range),
            _ => self.trace.record(|| Event::AnchorOnly {
                rule,
                anchor: anchor.clone(),
            }),
        }
    }

    /// Makes a candidate of a member, unless a filter rejects it.
    #[expect(
        clippy::disallowed_methods,
        reason = "filters and proofs examine the value"
    )]
    fn member(&mut self, rule: usize, object: &Object, key: Range<usize>, value: Range<usize>) {
        let bytes = self.text.bytes;
        let spec = &self.index.rules[rule];
        // The same range that the rule for private keys finds: without the line end behind the
        // block.
        let block = block(&bytes[value.clone()]);
        let is_block = block.is_some();
        let range = block.map_or(value.clone(), |block| {
            value.start + block.start..value.start + block.end
        });
        let raw = &bytes[range.clone()];
        let mut decoding = if raw.contains(&b'\\') {
            vec![Decoding::Backslash; object.depth + 1]
        } else {
            Vec::new()
        };
        let Some(plain) = decode::apply(raw, &decoding) else {
            return;
        };
        let mut value = SecretValue::new(plain);
        if let Some(step) = decode::key_text_step(value.expose()) {
            let Some(text) = decode::apply(value.expose(), &[step]) else {
                return;
            };
            value = SecretValue::new(text);
            decoding.push(step);
        }
        let filter = if is_block {
            filters::reject_pattern(value.expose())
        } else {
            let key = &bytes[key];
            filters::reject_assignment(&AssignedValue {
                value: value.expose(),
                key,
                quoted: true,
                settings: true,
            })
        };
        if let Some(filter) = filter {
            return self.reject(rule, range, filter);
        }
        if filters::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        // The file may be anything: only values of the expected shape become context.
        let text = |name, longest, fits: fn(u8) -> bool| {
            let (_, range) = object.member(bytes, name)?;
            let text = &bytes[range];
            let right = (1..=longest).contains(&text.len()) && text.iter().all(|&b| fits(b));
            right.then(|| String::from_utf8_lossy(text).into_owned())
        };
        let project =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':');
        let email = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'@');
        let context = Context {
            user: text("clientemail", 254, email).filter(|email| email.contains('@')),
            account: text("projectid", 64, project).or_else(|| text("quotaprojectid", 64, project)),
            key_id: text("privatekeyid", 64, |b| b.is_ascii_hexdigit()),
            ..Context::default()
        };
        let found = Match::new(rule, spec, range.clone(), value, decoding);
        let found = Match {
            context: Arc::new(context),
            ..found
        };
        let client = object
            .member(bytes, "clientid")
            .map(|(_, client)| &bytes[client]);
        let of_client = object
            .member(bytes, "clientsecret")
            .is_some_and(|(_, secret)| secret == range);
        if of_client && client.is_some_and(|client| PUBLIC_CLIENTS.contains(&client)) {
            self.reject(rule, range, "public-client");
            // Keeps other rules from reporting it.
            return self.add(Match {
                refuted: true,
                ..found
            });
        }
        self.prove(found);
    }
}

/// The block of PEM in a value, from its first to its last dash.
fn block(value: &[u8]) -> Option<Range<usize>> {
    let start = memchr::memmem::find(value, b"-----BEGIN ")?;
    let end = memchr::memmem::rfind(value, b"-----")?;
    (memchr::memmem::rfind(&value[..end], b"-----END ")? > start).then_some(start..end + 5)
}

#[cfg(test)]
mod tests {
    use crate::detect::decode::base64;
    use crate::detect::engine::{Engine, Match, Text};
    use crate::detect::example::expand;
    use crate::detect::file_kind::FileKind;
    use crate::detect::library::Library;

    fn engine() -> Engine {
        Engine::new(Library::builtin().compile(false).unwrap(), 0)
    }

    fn found(text: &str) -> Vec<(String, Match)> {
        let engine = engine();
        let matches = engine
            .scan(Text::new(text.as_bytes(), FileKind::Config))
            .matches;
        matches
            .into_iter()
            .map(|found| (engine.rule(found.rule).id.clone(), found))
            .collect()
    }

    /// An object of workload identity federation, with more members before its end.
    fn federated(source: &str) -> String {
        let fixed = r#""audience": "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github-provider",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token",
  "token_info_url": "https://sts.googleapis.com/v1/introspect",
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci@shop-prod.iam.gserviceaccount.com:generateAccessToken",
  "service_account_impersonation": {"token_lifetime_seconds": 2800},
  "universe_domain": "googleapis.com""#;
        format!("{{\n  \"type\": \"external_account\",\n  {fixed},\n  {source}\n}}\n")
    }

    #[test]
    fn a_key_of_a_service_account_is_one_secret_however_it_is_written() {
        let key = expand(
            "-----BEGIN<<>> PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA<<base64 42>>\n-----END<<>> PRIVATE KEY-----\n",
        )
        .unwrap();
        let key_id = "0123456789abcdef".repeat(3)[..40].to_owned();
        let email = "deployer@shop-prod.iam.gserviceaccount.com";
        let account = serde_json::json!({
            "type": "service_account", "project_id": "shop-prod", "private_key_id": key_id,
            "private_key": key, "client_email": email, "client_id": "109876543210987654321",
            "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com",
        });
        let (line, lines) = (
            account.to_string(),
            serde_json::to_string_pretty(&account).unwrap(),
        );
        let quoted = serde_json::Value::from(line.as_str()).to_string();
        let twice = serde_json::Value::from(quoted.as_str()).to_string();
        for text in [
            line.clone(),
            lines.clone(),
            format!("export GOOGLE_CREDENTIALS='{line}'"),
            format!("credentials: {quoted}"),
            format!("credentials: {twice}"),
            format!(
                "kind: Secret\ndata:\n  key.json: {}\n",
                base64::encode(lines.as_bytes())
            ),
        ] {
            let found = found(&text);
            assert_eq!(found.len(), 1, "{text}");
            let (rule, found) = &found[0];
            assert_eq!(rule, "google-service-account-key", "{text}");
            assert_eq!(found.value.expose(), key.as_bytes(), "{text}");
            assert_eq!(found.proof, Some("private-key-structure"));
            let context = &found.context;
            assert_eq!(
                (
                    context.user.as_deref(),
                    context.account.as_deref(),
                    context.key_id.as_deref()
                ),
                (Some(email), Some("shop-prod"), Some(&*key_id)),
            );
        }
        let two = found(&format!("[{lines}, {lines}]"));
        assert_eq!(
            two.iter()
                .map(|(rule, _)| rule.as_str())
                .collect::<Vec<_>>(),
            ["google-service-account-key"; 2]
        );
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_no_context() {
        let secret = expand("<<alnum 30>>").unwrap();
        let text = format!(
            r#"{{"type": "authorized_user", "refresh_token": "{secret}", "project_id": "{secret}", "private_key_id": "{secret}", "client_email": "{secret}@x"}}"#
        );
        let found = found(&text);
        assert_eq!(found.len(), 1);
        let context = &found[0].1.context;
        assert_eq!(
            (&context.user, &context.account, &context.key_id),
            (&None, &None, &None)
        );
    }

    #[test]
    fn the_login_of_a_user_is_two_secrets_but_for_a_public_client() {
        let (token, secret) = (
            expand("1//0<<>>3<<base64url 97>>").unwrap(),
            expand("<<alnum 24>>").unwrap(),
        );
        let user = |client: &str| {
            let text = format!(
                r#"{{"client_id": "{client}.apps.googleusercontent.com", "client_secret": "{secret}", "refresh_token": "{token}", "type": "authorized_user"}}"#
            );
            found(&text)
                .into_iter()
                .map(|(rule, _)| rule)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            user("123456789012-abcdefghijklmnopqrstuvwxyz012345"),
            ["google-user-client-secret", "google-user-refresh-token"]
        );
        assert_eq!(
            user("764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur"),
            ["google-user-refresh-token"]
        );
    }

    #[test]
    fn federation_holds_no_secret_unless_one_stands_in_it() {
        for source in [
            r#""credential_source": {"file": "/var/run/secrets/tokens/gcp-ksa/token", "format": {"type": "json", "subject_token_field_name": "access_token"}}"#,
            r#""credential_source": {"url": "https://idp.example.com/token", "headers": {"Metadata": "True"}, "format": {"type": "text"}}"#,
            r#""credential_source": {"environment_id": "aws1", "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone", "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials", "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", "imdsv2_session_token_url": "http://169.254.169.254/latest/api/token"}"#,
            r#""credential_source": {"executable": {"command": "/usr/bin/get-token --audience shop", "timeout_millis": 5000, "output_file": "/tmp/token-cache.json"}}"#,
            r#""credential_source": {"certificate": {"use_default_certificate_config": true}}"#,
            r#""credential_source": {"url": "https://idp.example.com/token", "headers": {"Authorization": "Bearer ${ID_TOKEN}"}}"#,
        ] {
            let rules: Vec<_> = found(&federated(source))
                .into_iter()
                .map(|(rule, _)| rule)
                .collect();
            assert!(rules.is_empty(), "{rules:?} in {source}");
        }
        for source in [
            r#""client_id": "staff", "client_secret": "<<alnum 36>>""#,
            r#""credential_source": {"url": "https://idp.example.com/token", "headers": {"Authorization": "Bearer <<alnum 43>>"}}"#,
            r#""credential_source": {"url": "https://idp.example.com/token", "headers": {"X-Api-Key": "<<alnum 32>>"}}"#,
            r#""credential_source": {"url": "https://app:<<alnum 20>>@idp.example.com/token"}"#,
            r#""credential_source": {"url": "https://idp.example.com/token", "headers": {"Authorization": "Bearer <<jwt>>"}}"#,
        ] {
            assert_eq!(
                found(&federated(&expand(source).unwrap())).len(),
                1,
                "{source}"
            );
        }
    }
}
