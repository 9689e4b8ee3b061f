//! What lies between two questions of one client: a processor that has slept is slow for a while, which
//! costs every program, also the bare engine.

use crate::client::Client;
use crate::floor::Failure;
use std::time::Duration;

#[derive(Clone, Copy)]
pub enum Pause {
    /// The client thinks, and the machine sleeps.
    Asleep(Duration),
    /// The client keeps asking whether a sandbox waits, and asks its question then; the bare engine's program
    /// does not sleep either, for this long.
    Awake(Duration),
}

impl Pause {
    /// For the bare engine's program.
    pub fn arguments(self) -> [String; 2] {
        let (manner, length) = match self {
            Self::Asleep(length) => ("asleep", length),
            Self::Awake(length) => ("awake", length),
        };
        [manner.to_owned(), length.as_millis().to_string()]
    }

    pub async fn wait(self, client: &mut Client, dataset: &str) -> Result<(), Failure> {
        match self {
            Self::Asleep(length) => tokio::time::sleep(length).await,
            Self::Awake(_) => while !one_waits(client, dataset).await? {},
        }
        Ok(())
    }
}

async fn one_waits(client: &mut Client, dataset: &str) -> Result<bool, Failure> {
    let ready = client.get("/readyz").await?.json()?;
    let classes = ready["pool"]["classes"].as_array().ok_or("no pool")?;
    let mut of_it = classes.iter().filter(|class| class["dataset"] == dataset);
    Ok(of_it.any(|class| class["idle"].as_u64() > Some(0)))
}
