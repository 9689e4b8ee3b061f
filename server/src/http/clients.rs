//! Each client's share of the queue, so that one alone cannot take every place.
//!
//! A place is held until the run has ended, also when its client goes away before. Clients are told
//! apart by address, since there are no accounts.

use super::error::ApiError;
use super::state::AppState;
use crate::runs::Client;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::{JoinError, JoinHandle};

/// Only addresses that hold a place are remembered; more than this at once are turned away.
const MAX_CLIENTS: usize = 4_096;
/// What one subscriber is given of IPv6: its addresses are one client's.
const IPV6_NETWORK_BITS: u32 = 64;

#[derive(Clone)]
pub struct Clients {
    most: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The right to have one run under way; given back when dropped.
pub struct ClientPlace {
    /// Absent: the request came from within the process.
    held: Option<(Clients, IpAddr)>,
}

impl Clients {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            held: Arc::default(),
        }
    }

    fn enter(&self, address: IpAddr) -> Result<ClientPlace, ApiError> {
        let client = client_of(address);
        let mut held = self.lock();
        if held.len() >= MAX_CLIENTS && !held.contains_key(&client) {
            return Err(refused("too many clients have questions under way".into()));
        }
        let count = held.entry(client).or_default();
        if *count >= self.most {
            let most = self.most;
            return Err(refused(format!(
                "your address has {most} questions under way, which is its share of the queue"
            )));
        }
        *count += 1;
        Ok(ClientPlace {
            held: Some((self.clone(), client)),
        })
    }

    fn leave(&self, client: IpAddr) {
        let mut held = self.lock();
        match held.get_mut(&client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                held.remove(&client);
            }
        }
    }

    /// A panic while the map was held cannot leave it half changed: each use is one operation.
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(message: String) -> ApiError {
    let hint = "wait until one has ended, then try again";
    ErrorDetail::new(ErrorCode::RateLimited, message)
        .with_hint(hint)
        .into()
}

fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << (128 - IPV6_NETWORK_BITS));
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}

impl FromRequestParts<AppState> for ClientPlace {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            Some(ConnectInfo(address)) => state.clients.enter(address.ip()),
            None => Ok(Self { held: None }),
        }
    }
}

impl ClientPlace {
    /// Whose it is, for taking turns.
    pub fn client(&self) -> Client {
        let address = self.held.as_ref().map(|(_, address)| *address);
        address.map_or_else(Client::default, Client::of)
    }

    /// Keeps the place until the task has ended, whether or not anybody waits for it.
    pub fn keep_while<T: Send + 'static>(
        self,
        task: JoinHandle<T>,
    ) -> impl Future<Output = Result<T, JoinError>> + Send {
        let kept = tokio::spawn(async move {
            let ended = task.await;
            drop(self);
            ended
        });
        async move { kept.await.and_then(|ended| ended) }
    }
}

impl Drop for ClientPlace {
    fn drop(&mut self) {
        if let Some((clients, client)) = self.held.take() {
            clients.leave(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_gets_its_share_and_leaves_the_rest_to_others() {
        let clients = Clients::new(2);
        let first = clients.enter(address("192.0.2.1")).unwrap();
        let _second = clients.enter(address("::ffff:192.0.2.1")).unwrap();
        assert!(clients.enter(address("192.0.2.1")).is_err());
        assert!(clients.enter(address("192.0.2.2")).is_ok());
        drop(first);
        assert!(clients.enter(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let clients = Clients::new(1);
        let _place = clients.enter(address("2001:db8:0:1::1")).unwrap();
        assert!(clients.enter(address("2001:db8:0:1::2")).is_err());
        assert!(clients.enter(address("2001:db8:0:2::1")).is_ok());
    }

    #[test]
    fn addresses_are_forgotten_with_their_last_place_and_never_more_than_the_most() {
        let clients = Clients::new(1);
        let places: Vec<_> = (0..MAX_CLIENTS as u32)
            .map(|n| clients.enter(IpAddr::from(n.to_be_bytes())).unwrap())
            .collect();
        assert!(clients.enter(address("192.0.2.1")).is_err());
        drop(places);
        assert!(clients.lock().is_empty());
    }
}
