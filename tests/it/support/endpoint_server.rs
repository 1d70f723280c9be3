//! An HTTP endpoint on this machine that answers as a test says: with anything.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyferry::migrate::aws::{Access, CallTimeouts};

use crate::support::planted_secrets::{ACCOUNT, REGION};

/// A request as it arrived.
#[derive(Debug)]
pub struct Request {
    /// The first line and the headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    /// `ListSecrets`, `GetCallerIdentity`, …
    pub fn operation(&self) -> &str {
        let target = self
            .head
            .lines()
            .find_map(|line| line.strip_prefix("x-amz-target: secretsmanager."));
        target.unwrap_or("GetCallerIdentity")
    }
}

/// Counts what the client takes of a reply.
pub struct Reply<'a> {
    stream: &'a mut TcpStream,
    sent: &'a AtomicU64,
}

impl Reply<'_> {
    /// Sends bytes as they are. False when the client has gone.
    pub fn raw(&mut self, bytes: &[u8]) -> bool {
        let written = self.stream.write_all(bytes).is_ok();
        if written {
            self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        written
    }

    pub fn json(&mut self, status: u16, body: &str) {
        self.whole(status, "application/x-amz-json-1.1", body);
    }

    pub fn whole(&mut self, status: u16, content_type: &str, body: &str) {
        let length = body.len();
        self.raw(
            format!("HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                .as_bytes(),
        );
    }

    /// What STS answers to GetCallerIdentity.
    pub fn identity(&mut self) {
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/a</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        );
        self.whole(200, "text/xml", &body);
    }
}

type Answer = dyn Fn(&Request, &mut Reply) + Send + Sync;

/// The server. Its threads end with the test process.
pub struct EndpointServer {
    pub url: String,
    sent: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

impl EndpointServer {
    /// Answers STS as AWS does, and every other request as `answer` says.
    pub fn start(answer: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> Self {
        Self::start_raw(move |request, reply| match request.operation() {
            "GetCallerIdentity" => reply.identity(),
            _ => answer(request, reply),
        })
    }

    /// Answers every request as `answer` says.
    pub fn start_raw(answer: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            url,
            sent: Arc::default(),
            requests: Arc::default(),
        };
        let (sent, requests) = (server.sent.clone(), server.requests.clone());
        let answer: Arc<Answer> = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (sent, requests, answer) = (sent.clone(), requests.clone(), answer.clone());
                std::thread::spawn(move || {
                    requests.fetch_add(1, Ordering::Relaxed);
                    if let Some(request) = read(&stream) {
                        let mut reply = Reply {
                            stream: &mut stream,
                            sent: &sent,
                        };
                        answer(&request, &mut reply);
                    }
                });
            }
        });
        server
    }

    /// Bytes of replies so far, including those that still are in the system's buffers.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Number of requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub fn access(&self) -> Access {
        Access {
            region: Some(REGION.parse().unwrap()),
            endpoint_url: Some(self.url.clone()),
            keys: Some(("testing".to_owned(), "testing".to_owned())),
            timeouts: CallTimeouts {
                attempt: Duration::from_secs(600),
                ..CallTimeouts::default()
            },
            ..Access::default()
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().ok()?;
        }
        head.push_str(line);
        head.push('\n');
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body })
}
