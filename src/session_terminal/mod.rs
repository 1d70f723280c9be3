//! The terminal front end of a session: `keyferry review`.
//!
//! A [`Desk`](desk::Desk) holds a session and an [`App`](app::App). The app is a state machine: a key gives a new state and
//! an [`Action`](app::Action), and nothing is read or written. The desk performs the action on the session. [`screen`] draws
//! the app. The loop that reads keys is `cli::review_terminal`.

pub mod app;
pub mod desk;
pub mod question_card;
pub mod question_queue;
pub mod scope_ladder;
pub mod screen;
pub mod screen_panels;
pub mod screen_theme;
pub mod secret_evidence;
pub mod secret_words;
pub mod text_input;
