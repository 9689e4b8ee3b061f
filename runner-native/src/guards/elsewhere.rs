//! Systems that are no Linux: each of its guards is missing, and is reported so.

use super::{GuardError, GuardFailure, Reach};

type Missing = Result<(), GuardFailure>;

fn missing() -> Missing {
    Err(GuardFailure::Other("only Linux has it".into()))
}

pub fn enter_namespaces() -> Result<Missing, GuardError> {
    Ok(missing())
}

pub fn enter_own_root(_reach: &Reach<'_>) -> Missing {
    missing()
}

pub fn drop_capabilities() -> Missing {
    missing()
}

pub fn no_new_privileges() -> Missing {
    missing()
}

pub fn restrict_files(_reach: &Reach<'_>) -> Missing {
    missing()
}

pub fn filter_system_calls() -> Missing {
    missing()
}
