//! The whole road of the program: commands in a test's environment, with moto as the account.

use super::moto_server::{Moto, run};
use super::planted_secrets::REGION;
use super::test_env::{Ran, TestEnv};

/// Words of `discover` that give a secret all facts that a plan needs.
pub const FACTS: &str = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=team@example.com";

/// An environment and the account that its commands reach.
pub struct AccountRoad {
    pub env: TestEnv,
    pub moto: Moto,
}

impl AccountRoad {
    /// The environment with an empty account, whose server answers.
    pub fn new(env: TestEnv) -> Self {
        let mut moto = Moto::start();
        run(moto.client());
        Self { env, moto }
    }

    /// The variables by which commands reach the account.
    pub fn variables(&self) -> [(&str, &str); 5] {
        [
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", &self.moto.url),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// Runs a command, whose words have no spaces.
    pub fn keyferry(&self, arguments: &str) -> Ran {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        self.env.keyferry_with(&words, &self.variables())
    }

    /// Runs a command that ends with `code` and says `with`. Returns all that it says.
    #[track_caller]
    pub fn ends(&self, arguments: &str, code: i32, with: &str) -> String {
        let ran = self.keyferry(arguments);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.code == code && said.contains(with),
            "{arguments}: {with:?}, {code}: got {} and\n{said}",
            ran.code
        );
        said
    }

    /// The values of all secrets in the account, in the order of their names.
    pub fn values(&self) -> Vec<Vec<u8>> {
        self.moto.values().into_values().collect()
    }
}
