//! The endpoint is not trusted: replies of any size and form, redirects, lists without an end, replies that belong to
//! another request, and endpoints that are not encrypted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyferry::cancel::Cancellation;
use keyferry::migrate::aws::{Access, AwsClient, CallTimeouts, connect};
use keyferry::migrate::check_extent::Check;
use keyferry::migrate::client::{Client, CreateRequest, ListedSecret, SecretPage};
use keyferry::migrate::client_error::{Call, ClientError, ErrorKind};
use keyferry::migrate::import::{EntryStatus, FailureReason, FatalError};
use keyferry::migrate::journal::{EntryState, JournalHistory};
use keyferry::migrate::plan::{ID_TAG, compare};
use keyferry::migrate::verify::{self, verify};
use keyferry::progress::NoProgress;
use keyferry::secret::SecretValue;
use keyferry::secrets_manager::SecretName;

use crate::support::endpoint_server::{EndpointServer, Reply};
use crate::support::fake_secrets_manager::{Fake, Lie};
use crate::support::planted_secrets::{ACCOUNT, Freight, REGION, quick, run};
use crate::support::test_env::TestEnv;

const TOKEN: &str = "11111111111111111111111111111111";

fn name() -> SecretName {
    "/app/db".parse().unwrap()
}

async fn client(server: &EndpointServer) -> AwsClient {
    connect(&server.access()).await.unwrap().client
}

/// The error of every call, in the order Describe, List, Create, GetValue, Tag.
async fn errors(client: &AwsClient) -> Vec<ClientError> {
    let value = SecretValue::new(["made", "-up-", "v4lue"].concat().into_bytes());
    let (name, tags, description) = (name(), BTreeMap::new(), "".parse().unwrap());
    let request = CreateRequest {
        name: &name,
        token: TOKEN,
        value: &value,
        description: &description,
        kms_key: None,
        tags: &tags,
    };
    vec![
        client.describe(&name).await.unwrap_err(),
        client.list(None).await.unwrap_err(),
        client.create(&request).await.unwrap_err(),
        client.get_value(&name, TOKEN).await.unwrap_err(),
        client.tag(&name, &tags).await.unwrap_err(),
    ]
}

fn kinds(errors: &[ClientError]) -> Vec<ErrorKind> {
    errors.iter().map(|error| error.kind).collect()
}

/// Bytes that the buffers of the system may hold besides those that were read.
const BUFFERS: u64 = 16 << 20;

fn endless(reply: &mut Reply) {
    reply.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
    while reply.raw(&chunk) {}
}

#[test]
fn a_reply_without_an_end_is_cut_in_every_call() {
    let server = EndpointServer::start(|_, reply| endless(reply));
    let errors = run(async { errors(&client(&server).await).await });
    assert_eq!(kinds(&errors), [ErrorKind::WrongAnswer; 5], "{errors:#?}");
    assert!(errors[1].to_string().contains("more than 16777216 bytes"));
    assert!(errors[2].to_string().contains("the call may have happened"));
    assert!(errors[3].to_string().contains("more than 1048576 bytes"));
    assert!(
        server.sent() < (16 << 20) + 4 * (1 << 20) + 5 * BUFFERS,
        "{}",
        server.sent()
    );

    let server = EndpointServer::start_raw(|_, reply| endless(reply));
    let error = run(connect(&server.access())).unwrap_err();
    assert_eq!(
        (error.call, error.kind),
        (Call::CallerIdentity, ErrorKind::WrongAnswer)
    );
}

#[test]
fn a_reply_that_announces_gigabytes_is_not_read() {
    let server = EndpointServer::start(|_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n");
        while reply.raw(&[b'{'; 65_536]) {}
    });
    let errors = run(async { errors(&client(&server).await).await });
    assert_eq!(kinds(&errors), [ErrorKind::WrongAnswer; 5], "{errors:#?}");
    assert!(server.sent() < 5 * BUFFERS, "{}", server.sent());
}

#[test]
fn a_flood_of_headers_is_cut() {
    let many = EndpointServer::start(|_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\n");
        while reply.raw(b"x-flood: 0123456789012345678901234567890123456789\r\n") {}
    });
    let long = EndpointServer::start(|_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\nx-flood: ");
        while reply.raw(&[b'a'; 65_536]) {}
    });
    let wide = EndpointServer::start(|_, reply| {
        let header = format!("x-flood: {}\r\n", "a".repeat(100_000));
        reply.raw(format!("HTTP/1.1 200 OK\r\n{header}Content-Length: 2\r\n\r\n{{}}").as_bytes());
    });
    for server in [many, long, wide] {
        let errors = run(async { errors(&client(&server).await).await });
        for error in &errors {
            let kinds = [ErrorKind::WrongAnswer, ErrorKind::Ambiguous];
            assert!(kinds.contains(&error.kind), "{error}");
            assert!(error.to_string().len() < 500, "{error}");
        }
        assert!(server.sent() < 5 * BUFFERS, "{}", server.sent());
    }
}

#[test]
fn a_reply_that_drips_is_given_up() {
    let server = EndpointServer::start(|_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{");
        while reply.raw(b" ") {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let errors = run(async {
        let timeouts = CallTimeouts {
            attempt: Duration::from_millis(400),
            ..CallTimeouts::default()
        };
        let access = Access {
            account: Some(ACCOUNT.parse().unwrap()),
            timeouts,
            ..server.access()
        };
        errors(&connect(&access).await.unwrap().client).await
    });
    assert_eq!(kinds(&errors), [ErrorKind::Ambiguous; 5], "{errors:#?}");
    assert!(errors[0].to_string().contains("no answer in time"));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = EndpointServer::start_raw(|_, reply| reply.json(200, "{}"));
    for status in [301, 302, 303, 307, 308] {
        let location = elsewhere.url.clone();
        let server = EndpointServer::start(move |_, reply| {
            let head = format!(
                "HTTP/1.1 {status} Moved\r\nLocation: {location}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            reply.raw(head.as_bytes());
        });
        let errors = run(async { errors(&client(&server).await).await });
        assert_eq!(kinds(&errors), [ErrorKind::WrongAnswer; 5], "{errors:#?}");
        assert!(
            errors[0].to_string().contains("is a redirect"),
            "{}",
            errors[0]
        );
    }
    assert_eq!(elsewhere.requests(), 0);
}

/// A reply that is no answer. Its text is never quoted.
#[test]
fn a_reply_that_cannot_be_parsed_is_an_error_without_its_text() {
    let marker = ["marked", "-", "Sunsh1ne"].concat();
    let deep = |open: &str, close: &str| {
        let levels = 100_000;
        format!(
            "{}\"{marker}\"{}",
            open.repeat(levels),
            close.repeat(levels)
        )
    };
    for body in [
        String::new(),
        "<html>Sign in to the guest network</html>".to_owned(),
        format!("{{\"SecretString\": \"{marker}"),
        format!(
            "{{\"Name\": {{\"{marker}\": 1}}, \"ARN\": [\"{marker}\"], \"SecretList\": \"{marker}\"}}"
        ),
        format!("[\"{marker}\"]"),
        format!("\"{marker}\""),
        format!("{{\"Unknown\": {}}}", deep("[", "]")),
        format!("{{\"Unknown\": {}}}", deep("{\"a\":", "}")),
        format!("{{\"Tags\": {}, \"SecretList\": {0}}}", deep("[", "]")),
        format!("{{\"SecretString\": \"\\ud800 {marker}\"}}"),
    ] {
        let text = body.clone();
        let server = EndpointServer::start(move |_, reply| reply.json(200, &text));
        run(async {
            let client = client(&server).await;
            let name = name();
            let said = format!(
                "{:?} {:?} {:?}",
                client.describe(&name).await.map(drop),
                client.list(None).await.map(drop),
                client.get_value(&name, TOKEN).await.map(drop),
            );
            assert!(!said.contains(&marker), "{said}");
        });
    }
}

#[test]
fn a_list_that_does_not_end_is_given_up() {
    let page = |next: &str| SecretPage {
        secrets: Vec::new(),
        next: Some(next.to_owned()),
    };
    let pages = Arc::new(AtomicU64::new(0));
    let counter = pages.clone();
    type Pages = Box<dyn Fn(Option<&str>) -> SecretPage + Send>;
    let cases: [(Pages, u64, &str); 4] = [
        (Box::new(move |_| page("A")), 2, "a token came twice"),
        (
            Box::new(move |token| page(if token == Some("A") { "B" } else { "A" })),
            3,
            "a token came twice",
        ),
        (
            Box::new(move |_| page(&counter.fetch_add(1, Ordering::Relaxed).to_string())),
            10_000,
            "10000 pages were read",
        ),
        (
            Box::new(|_| SecretPage {
                secrets: vec![
                    ListedSecret {
                        name: "a".to_owned(),
                        arn: format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a-AbCdEf"),
                        tags: BTreeMap::new(),
                    };
                    101
                ],
                next: None,
            }),
            1,
            "more secrets than were asked for",
        ),
    ];
    for (pages, calls, says) in cases {
        let freight = Freight::new(2);
        let fake = Fake::default();
        fake.pages(Some(pages));
        let mut plan = freight.draft(None);
        let error = run(compare(
            &mut plan,
            &freight.input(None, &freight.history()),
            &fake,
            &quick(),
            &Cancellation::new(),
            &NoProgress,
        ))
        .unwrap_err();
        assert_eq!(error.kind, ErrorKind::WrongAnswer);
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(fake.take_calls(Call::List).len() as u64, calls);
        assert!(!plan.compared);
    }
}

#[test]
fn names_from_the_list_are_few_and_legal() {
    let freight = Freight::new(1);
    let fake = Fake::default();
    let id = freight.secrets[0].id.to_string();
    fake.pages(Some(Box::new(move |token| {
        let from: usize = token.map_or(0, |token| token.parse().unwrap());
        let secrets = (from..from + 100)
            .map(|n| ListedSecret {
                name: if n % 2 == 0 {
                    format!("/copy/{n}")
                } else {
                    "\u{1b}[2J".repeat(1000)
                },
                arn: format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a-AbCdEf"),
                tags: BTreeMap::from([(ID_TAG.to_owned(), id.clone())]),
            })
            .collect();
        let next = (from < 5000).then(|| (from + 100).to_string());
        SecretPage { secrets, next }
    })));
    let plan = run(freight.plan(&fake));
    let problem = &plan.entries[0].problems[0];
    assert_eq!(problem.message.matches("/copy/").count(), 10, "{problem:?}");
    assert!(problem.message.len() < 300);
}

#[test]
fn a_reply_about_something_else_ends_the_work() {
    for lie in [Lie::Name, Lie::ArnName, Lie::Account, Lie::Region, Lie::Arn] {
        let freight = Freight::new(40);
        let fake = Fake::default();
        fake.lie(Some(lie));
        // CreateSecret: the secrets exist, and the journal does not say that they were created.
        let plan = freight.draft(None);
        let summary = run(freight.import(&fake, &plan));
        let Some(FatalError::Client(error)) = &summary.stopped else {
            panic!("{lie:?}: {summary:?}")
        };
        let expected = match lie {
            Lie::Account => ErrorKind::WrongAccount,
            _ => ErrorKind::WrongAnswer,
        };
        assert_eq!(error.kind, expected, "{lie:?}");
        assert!(fake.secrets().len() <= quick().in_flight, "{lie:?}");
        assert_eq!(
            summary.count(|done| matches!(done, EntryStatus::Created(_))),
            0
        );
        let history = JournalHistory::read(&freight.journal_path()).unwrap();
        let states = [
            EntryState::Planned,
            EntryState::Ambiguous,
            EntryState::Failed,
        ];
        assert!(
            history
                .events()
                .iter()
                .all(|event| states.contains(&event.state))
        );

        // An honest service later: nothing is created twice.
        fake.lie(None);
        assert!(run(freight.import(&fake, &plan)).is_complete());
        assert_eq!(fake.secrets().len(), 40);

        // DescribeSecret and GetSecretValue, in every command.
        fake.lie(Some(lie));
        let journal = freight.journal_text();
        let summary = run(freight.import(&fake, &plan));
        assert!(summary.stopped.is_some(), "{lie:?}");
        assert_eq!(freight.journal_text(), journal);
        let compared = run(compare(
            &mut plan.clone(),
            &freight.input(None, &freight.history()),
            &fake,
            &quick(),
            &Cancellation::new(),
            &NoProgress,
        ));
        assert_eq!(compared.unwrap_err().kind, expected);
        let history = JournalHistory::read(&freight.journal_path()).unwrap();
        let input = verify::VerifyInput {
            account: &freight.account,
            region: &freight.region,
            key: &freight.key,
            secrets: &freight.secrets,
            plan: None,
            history: &history,
            check: Check::Value,
        };
        let verified = run(verify(
            &input,
            &fake,
            &quick(),
            &Cancellation::new(),
            &NoProgress,
        ));
        assert_eq!(verified.unwrap_err().kind, expected);
    }
}

#[test]
fn a_version_that_was_not_asked_for_ends_the_work() {
    let freight = Freight::new(3);
    let fake = Fake::default();
    fake.lie(Some(Lie::Version));
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert!(summary.stopped.is_some());
    assert!(
        summary
            .outcomes
            .iter()
            .all(|outcome| match &outcome.status {
                EntryStatus::Failed(failure) => failure.reason == FailureReason::Ambiguous,
                status => *status == EntryStatus::NotTried,
            })
    );
    fake.lie(None);
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
    fake.lie(Some(Lie::Version));
    let read_back = run(freight.import(&fake, &freight.draft(None)));
    assert!(read_back.is_complete(), "no value is read: {read_back:?}");
}

/// Endpoints of plain HTTP that are not this machine. The addresses are for documentation: nobody answers there.
#[test]
fn plain_http_leaves_this_machine_only_when_allowed() {
    let env = TestEnv::new();
    env.write("aws-config", "[profile plain]\nendpoint_url = http://192.0.2.1\n[profile only]\nservices = mine\n[services mine]\nsecrets-manager =\n  endpoint_url = http://192.0.2.1\n");
    env.write("application.properties", "");
    env.keyferry(&["discover", "application.properties"])
        .exits(0);
    let config = env.path("aws-config").to_string_lossy().into_owned();
    let refused = |options: &[&str], variables: &[(&str, &str)]| {
        let mut all = vec![
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", &config),
        ];
        all.extend(variables);
        let ran = env
            .keyferry_with(&[&["plan"], options].concat(), &all)
            .exits(2);
        ran.says(&["192.0.2.1 is another machine", "--allow-http"]);
    };
    refused(&["--endpoint-url", "http://192.0.2.1"], &[]);
    refused(&["--endpoint-url", "HTTP://192.0.2.1:80/a"], &[]);
    refused(&[], &[("AWS_ENDPOINT_URL", "http://192.0.2.1")]);
    refused(&[], &[("AWS_ENDPOINT_URL_STS", "http://192.0.2.1")]);
    refused(
        &[],
        &[("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://192.0.2.1")],
    );
    refused(&[], &[("AWS_PROFILE", "plain")]);
    refused(&[], &[("AWS_PROFILE", "only")]);
    // An option hides the variables, and is checked itself.
    refused(
        &["--endpoint-url", "http://192.0.2.1"],
        &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
    );
    for url in [
        "http://127.0.0.1@192.0.2.1",
        "http://user:s3same@localhost",
        "http://localhost:80@192.0.2.1/",
    ] {
        env.keyferry(&["plan", "--endpoint-url", url])
            .exits(2)
            .says(&["contains no user name"]);
        let variables = [
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", url),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let said = env.keyferry_with(&["plan"], &variables).exits(2);
        assert!(!said.stderr.contains("s3same"), "{}", said.stderr);
        said.says(&["contains no user name"]);
    }
}

#[test]
fn plain_http_is_sent_when_allowed() {
    let access = |allow_http| Access {
        region: Some(REGION.parse().unwrap()),
        endpoint_url: Some("http://localhost.invalid:1".to_owned()),
        keys: Some(("testing".to_owned(), "testing".to_owned())),
        allow_http,
        ..Access::default()
    };
    let error = run(connect(&access(false))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnsafeEndpoint);
    // No such host.
    let error = run(connect(&access(true))).unwrap_err();
    assert_ne!(error.kind, ErrorKind::UnsafeEndpoint, "{error}");
}

/// A proxy would see what goes to this machine without encryption.
#[test]
fn the_proxy_of_the_environment_is_not_asked_for_this_machine() {
    let env = TestEnv::new();
    env.write("application.properties", "");
    env.keyferry(&["discover", "application.properties"])
        .exits(0);
    let proxy = EndpointServer::start_raw(|_, reply| reply.json(200, "{}"));
    let server = EndpointServer::start(|_, reply| reply.json(200, "{\"SecretList\": []}"));
    env.keyferry_with(
        &["plan"],
        &[
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", &server.url),
            ("http_proxy", &proxy.url),
            ("HTTP_PROXY", &proxy.url),
            ("all_proxy", &proxy.url),
            ("ALL_PROXY", &proxy.url),
        ],
    )
    .exits(0);
    assert_eq!((proxy.requests(), server.requests()), (0, 2));
}

/// An endpoint that puts everything it was sent into its errors.
#[test]
fn what_an_endpoint_quotes_of_a_request_is_not_shown() {
    let env = TestEnv::new();
    let value = ["Tr0ub4d", "or-9x", "!kQ"].concat();
    env.write(
        "orders/application.yaml",
        format!("spring:\n  datasource:\n    username: app\n    password: \"{value}\"\n"),
    );
    let session = "IQoJb3JpZ2luX2VjEXAMPLEtoken/".repeat(12);
    for code in [
        "ValidationException",
        "SignatureDoesNotMatch",
        "AccessDeniedException",
        "InternalServiceError",
    ] {
        let server = EndpointServer::start(move |request, reply| {
            let sent = format!(
                "{}\n{}",
                request.head,
                String::from_utf8_lossy(&request.body)
            );
            let message = match request.operation() {
                "DescribeSecret" => {
                    let missing = "{\"__type\": \"ResourceNotFoundException\"}";
                    return reply.json(400, missing);
                }
                "ListSecrets" => return reply.json(200, "{\"SecretList\": []}"),
                // All on one line, too.
                "CreateSecret" => format!("no: {}", sent.replace('\n', " ")),
                _ => sent,
            };
            let body = serde_json::json!({"__type": code, "message": message});
            reply.json(400, &body.to_string());
        });
        let variables = [
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_SESSION_TOKEN", session.as_str()),
            ("AWS_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", server.url.as_str()),
        ];
        let run = |words: &str| {
            let words: Vec<&str> = words.split_whitespace().collect();
            let ran = env.keyferry_with(&words, &variables);
            format!("{}\n{}", ran.stdout, ran.stderr)
        };
        let facts = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";
        let mut said = run(&format!("discover orders {facts}"));
        said += &run("plan");
        said += &run("import --yes");
        said += &std::fs::read_to_string(env.path("inventory/journal.jsonl")).unwrap();
        assert!(
            said.contains(code) || code == "InternalServiceError",
            "{said}"
        );
        assert!(
            !said.contains(&value) && !said.contains(&session[..40]),
            "{said}"
        );
        std::fs::remove_dir_all(env.path("inventory")).unwrap();
    }
}
