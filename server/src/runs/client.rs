//! Who asks, as far as taking turns is concerned.

use std::net::IpAddr;

/// Clients are told apart by address, since there are no accounts; what comes from within the
/// service is one client of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Client(Option<IpAddr>);

impl Client {
    pub fn of(address: IpAddr) -> Self {
        Self(Some(address))
    }
}
