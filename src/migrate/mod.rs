pub mod naming;
pub mod tags;
