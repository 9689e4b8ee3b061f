//! What the kernel of Linux gives.

mod filesystem;
mod namespaces;
mod own_root;
mod privileges;
mod system_calls;

pub use filesystem::restrict as restrict_files;
pub use namespaces::enter as enter_namespaces;
pub use own_root::enter as enter_own_root;
pub use privileges::{drop_capabilities, no_new_privileges};
pub use system_calls::filter as filter_system_calls;
