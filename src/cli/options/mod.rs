//! Options that several commands share, one group in each file.

pub mod aws_options;
pub mod inventory_folder;
mod inventory_options;
pub mod policy_options;
mod reading_options;
pub mod rule_options;
mod selection_options;
pub mod target_options;

pub use aws_options::AwsOptions;
pub use inventory_folder::{InventoryFolder, InventoryFolderParser};
pub use inventory_options::InventoryOptions;
pub use policy_options::PolicyOptions;
pub use reading_options::ReadingOptions;
pub use rule_options::RuleOptions;
pub use selection_options::SelectionOptions;
pub use target_options::{NamedTargets, TargetOptions};
