pub mod account;
pub mod exit;
pub mod import;
pub mod plan;
pub mod verify;
pub fn main() -> std::process::ExitCode {
    exit::Exit::Clean.into()
}
