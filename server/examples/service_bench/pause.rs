//! What lies between two questions of one client: a processor that has slept is slow for a while, which
//! costs every program, also the bare engine.

use crate::client::Client;
use crate::floor::Failure;
use serde_json::Value;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub enum Pause {
    /// The client thinks, and the machine sleeps.
    Asleep(Duration),
    /// The client keeps asking how the service is until a sandbox waits and none is being started any more,
    /// and for at least this long; the bare engine's program does not sleep either.
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
            Self::Awake(length) => awake(client, dataset, length).await?,
        }
        Ok(())
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

async fn awake(client: &mut Client, dataset: &str, length: Duration) -> Result<(), Failure> {
    let began = Instant::now();
    while !one_waits(client, dataset).await? || began.elapsed() < length {
        if began.elapsed() > PATIENCE {
            return Err("no sandbox waits".into());
        }
    }
    Ok(())
}

async fn one_waits(client: &mut Client, dataset: &str) -> Result<bool, Failure> {
    let ready = client.get("/readyz").await?.json()?;
    let classes = ready["pool"]["classes"].as_array().ok_or("no pool")?;
    let count = |class: &Value, what: &str| class[what].as_u64().unwrap_or(0);
    let mut of_it = classes.iter().filter(|class| class["dataset"] == dataset);
    let is_quiet = classes.iter().all(|class| count(class, "starting") == 0);
    Ok(is_quiet && of_it.any(|class| count(class, "idle") > 0))
}
