//! The facts of logins that the entries of a node state, and the choice of those that belong to one password.
//!
//! A fact belongs to a password by the words of their keys, or because nothing else is there that it could belong to.
//! Where two values are possible, the fact stays unset. A login that has its own password is not that of another secret.

use std::collections::HashSet;

use super::connection_string;
use super::key_roles::{Owner, Role};
use crate::detect::database_engine::engine_in;
use crate::finding::Context;
use crate::steps;

/// An entry whose key states a role in a login.
#[derive(Clone, Debug)]
pub(super) struct LoginFact<'t> {
    pub role: Role,
    /// The words of the key that name the login.
    pub owner: Owner,
    /// Those of them that do not say that it is a database.
    pub bare: Owner,
    pub value: &'t str,
}

/// The login that facts are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Login {
    /// The secret is a password by its key.
    pub has_password_key: bool,
    /// The words that name it.
    pub owner: Owner,
    /// Those of them that do not say that it is a database.
    pub bare: Owner,
    /// It is that of a database: its key or the node that contains it says so.
    pub is_database: bool,
    /// The node that contains it is about a database.
    pub in_database: bool,
    /// The node that contains it is a database: its name is that of one.
    pub is_name_of_database: bool,
}

/// How surely a fact belongs to a login. The surest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// The same words name the login.
    Same,
    /// The same words do, apart from those that say that it is a database.
    SameDatabase,
    /// The first of these words do: several logins share it.
    Shared,
    /// No words do, and the login is the first one of its server.
    Server,
    /// The words of a login without a password.
    Only,
}

impl Login {
    /// How a fact of the same node belongs to the login. `only`: the words of the only login that lacks a password.
    /// `has_password`: the fact is that of a login that has a password.
    fn bond(&self, fact: &LoginFact, only: Option<&Owner>, has_password: bool) -> Option<Bond> {
        let (own, other) = (&self.owner, &fact.owner);
        // Beside the password of a login, another secret is that of something else.
        if has_password && (own != other || !self.has_password_key) && !other.begins(own) {
            return None;
        }
        if own == other {
            return Some(Bond::Same);
        }
        // `API_KEY` beside `DB_NAME` is no password of the database.
        let is_detail = !matches!(fact.role, Role::User | Role::Host | Role::Port);
        if is_detail && self.has_password_key && other.is_database_of(own) {
            return Some(Bond::Same);
        }
        if self.in_database && self.bare == fact.bare {
            return Some(Bond::SameDatabase);
        }
        let is_shared = fact.role != Role::User
            && other.begins(own)
            && (other.is_database() || !own.is_database());
        if is_shared {
            return Some(Bond::Shared);
        }
        let is_servers = own.is_administrator() && (other.is_empty() || other.is_plain_database());
        let is_name = fact.role == Role::Name && other.is_empty();
        if is_servers && fact.role != Role::User && !is_name {
            return Some(Bond::Server);
        }
        (only == Some(other)).then_some(Bond::Only)
    }
}

/// The words of the only login among the facts, if it has a user and lacks a password. `None` if there are several.
fn only_login<'f>(facts: &'f [LoginFact]) -> Option<&'f Owner> {
    let named = |fact: &&LoginFact| matches!(fact.role, Role::User | Role::Host | Role::Address);
    let mut owners = facts.iter().filter(named).map(|fact| &fact.owner);
    let first = owners.next()?;
    let has = |role| {
        facts
            .iter()
            .any(|fact| fact.role == role && fact.owner == *first)
    };
    let is_only = !first.is_empty() && owners.all(|owner| owner == first);
    (is_only && has(Role::User) && !has(Role::Password)).then_some(first)
}

/// The value of a role: none, one, or several that differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice<T> {
    #[default]
    None,
    One(T),
    Several,
}

impl<T: PartialEq> Choice<T> {
    fn add(&mut self, value: Option<T>) {
        let Some(value) = value else { return };
        match self {
            Choice::None => *self = Choice::One(value),
            Choice::One(known) if *known == value => {}
            _ => *self = Choice::Several,
        }
    }
}

/// The values of each role among facts that belong to a login equally surely.
#[derive(Default)]
struct Choices {
    user: Choice<String>,
    host: Choice<String>,
    port: Choice<u16>,
    database: Choice<String>,
    engine: Choice<String>,
}

/// The roles of which no further value counts, because several were possible.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unclear {
    user: bool,
    host: bool,
    port: bool,
    database: bool,
    engine: bool,
}

impl Choices {
    fn add(&mut self, known: Context) {
        self.user.add(known.user);
        self.host.add(known.host);
        self.port.add(known.port);
        self.database.add(known.database);
        self.engine.add(known.engine);
    }

    fn fill(self, known: &mut Context, unclear: &mut Unclear) {
        fn fill<T>(field: &mut Option<T>, unclear: &mut bool, choice: Choice<T>) {
            match choice {
                Choice::One(value) if field.is_none() && !*unclear => *field = Some(value),
                Choice::Several => *unclear = true,
                _ => {}
            }
        }
        fill(&mut known.user, &mut unclear.user, self.user);
        // The port of another host is not that of this one.
        let had_host = known.host.is_some();
        fill(&mut known.host, &mut unclear.host, self.host);
        unclear.port |= unclear.host && !had_host;
        fill(&mut known.port, &mut unclear.port, self.port);
        fill(&mut known.database, &mut unclear.database, self.database);
        fill(&mut known.engine, &mut unclear.engine, self.engine);
    }
}

/// Adds those of the facts of a node that belong to a login.
/// Returns whether the keys of these facts say that the login is that of a database.
pub(super) fn fill(
    login: &Login,
    facts: &[LoginFact],
    known: &mut Context,
    unclear: &mut Unclear,
) -> bool {
    if facts.is_empty() {
        return false;
    }
    let only = match login.owner.is_empty() && login.has_password_key {
        true => only_login(facts),
        false => None,
    };
    let passwords = facts.iter().filter(|fact| fact.role == Role::Password);
    let passwords: HashSet<&Owner> = passwords.map(|fact| &fact.owner).collect();
    let bonds: Vec<Option<Bond>> = facts
        .iter()
        .map(|fact| {
            steps::count(1);
            let has_password = passwords.contains(&fact.owner)
                || fact.role == Role::Address && connection_string::has_password(fact.value);
            login.bond(fact, only, has_password)
        })
        .collect();
    fill_by(login, facts, &bonds, known, unclear);
    let of_database =
        |(fact, bond): (&LoginFact, &Option<Bond>)| bond.is_some() && fact.owner.is_database();
    facts.iter().zip(&bonds).any(of_database)
}

fn fill_by(
    login: &Login,
    facts: &[LoginFact],
    bonds: &[Option<Bond>],
    known: &mut Context,
    unclear: &mut Unclear,
) {
    for bond in [
        Bond::Same,
        Bond::SameDatabase,
        Bond::Shared,
        Bond::Server,
        Bond::Only,
    ] {
        let mut stated = Choices::default();
        let mut addressed = Choices::default();
        let of_bond = facts
            .iter()
            .zip(bonds)
            .filter(|(_, found)| **found == Some(bond));
        let mut names = Vec::new();
        for (fact, _) in of_bond {
            let mut fact_context = Context::default();
            match fact.role {
                Role::Password | Role::Secret => continue,
                Role::Engine => fact_context.engine = engine_in(fact.value).map(str::to_owned),
                Role::Address => {
                    let value = fact.value;
                    if value.contains("://") || value.contains("jdbc:") || value.contains('=') {
                        fact_context = connection_string::read(value);
                    }
                    // The address of another thing may be beside that of the database.
                    if fact_context.engine.is_none() && login.is_database {
                        continue;
                    }
                    addressed.add(fact_context);
                    continue;
                }
                Role::Host => {
                    let mut server = Context::default();
                    connection_string::set_server(&mut server, fact.value);
                    addressed.add(Context {
                        port: server.port.take(),
                        ..Context::default()
                    });
                    fact_context = server;
                }
                Role::Name => {
                    names.push(fact);
                    continue;
                }
                role => connection_string::set(&mut fact_context, role, fact.value),
            }
            stated.add(fact_context);
        }
        for fact in names {
            let is_database = login.is_name_of_database || fact.owner.is_database();
            if is_database && stated.database == Choice::None {
                let mut fact_context = Context::default();
                connection_string::set(&mut fact_context, Role::Database, fact.value);
                stated.add(fact_context);
            }
        }
        stated.fill(known, unclear);
        addressed.fill(known, unclear);
    }
}
