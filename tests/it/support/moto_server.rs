//! moto: an endpoint over HTTP that other people wrote, for the tests that need a real one.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keyferry::migrate::aws::{Access, AwsClient, connect};
use keyferry::migrate::client::Client;

use crate::support::planted_secrets::{ACCOUNT, REGION};

/// moto as a child process on a free port; it ends with this.
pub struct Moto {
    pub child: Child,
    pub url: String,
}

impl Moto {
    pub fn start() -> Self {
        let program: PathBuf = std::env::var_os("KEYFERRY_MOTO")
            .expect("KEYFERRY_MOTO does not name a moto_server: run scripts/test, which installs one and sets it")
            .into();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    pub fn access(&self) -> Access {
        Access {
            region: Some(REGION.parse().unwrap()),
            endpoint_url: Some(self.url.clone()),
            keys: Some(("testing".to_owned(), "testing".to_owned())),
            ..Access::default()
        }
    }

    /// Connects as soon as moto answers.
    pub async fn client(&mut self) -> AwsClient {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let error = match connect(&self.access()).await {
                Ok(connection) => {
                    assert_eq!(
                        (connection.account.as_str(), connection.region.as_str()),
                        (ACCOUNT, REGION)
                    );
                    return connection.client;
                }
                Err(error) => error,
            };
            assert_eq!(
                self.child.try_wait().unwrap(),
                None,
                "moto ended before it answered"
            );
            assert!(Instant::now() < deadline, "moto does not answer: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Moto {
    /// The values of all secrets in the account, by name.
    pub fn values(&self) -> BTreeMap<String, Vec<u8>> {
        run(async {
            let client = connect(&self.access()).await.unwrap().client;
            let (mut values, mut next) = (BTreeMap::new(), None::<String>);
            loop {
                let page = client.list(next.as_deref()).await.unwrap();
                for secret in page.secrets {
                    let name = secret.name.parse().unwrap();
                    let live = client.describe(&name).await.unwrap();
                    let version = live.versions.keys().next().unwrap();
                    let fetched = client.get_value(&name, version).await.unwrap();
                    values.insert(secret.name, fetched.value.expose().to_vec());
                }
                next = page.next;
                if next.is_none() {
                    return values;
                }
            }
        })
    }

    /// Removes everything from the account.
    pub fn reset(&self) {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "POST /moto-api/reset HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }
}

/// Runs async work to its end.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about it here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
