//! Many clients at once, each waiting for its answer before it asks again.

use crate::client::Client;
use crate::floor::Failure;
use crate::pause::Pause;
use crate::times::Times;
use hyper::StatusCode;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What all clients saw together.
#[derive(Default)]
pub struct Seen {
    milliseconds: Vec<f64>,
    /// 429 and 503 that say when to come again.
    told_to_wait: usize,
    /// Everything else that is no 200, in words; at most a few are kept.
    errors: Vec<String>,
    error_count: usize,
    elapsed: Duration,
}

const KEPT_ERRORS: usize = 5;

impl Seen {
    fn answered(&self) -> usize {
        self.milliseconds.len()
    }

    pub fn per_second(&self) -> f64 {
        self.answered() as f64 / self.elapsed.as_secs_f64()
    }

    /// The whole of it, for people.
    pub fn in_words(&self) -> String {
        format!(
            "{} answered, {:.1} a second ({}), {} told to wait, {} errors {:?}",
            self.answered(),
            self.per_second(),
            Times::new(self.milliseconds.clone()).in_words(),
            self.told_to_wait,
            self.error_count,
            self.errors
        )
    }

    fn add(&mut self, other: Self) {
        self.milliseconds.extend(other.milliseconds);
        self.told_to_wait += other.told_to_wait;
        self.error_count += other.error_count;
        self.errors.extend(other.errors);
        self.errors.truncate(KEPT_ERRORS);
    }

    fn fail(&mut self, words: String) {
        self.error_count += 1;
        if self.errors.len() < KEPT_ERRORS {
            self.errors.push(words);
        }
    }
}

/// `clients` ask what `question` makes of their number and their count of questions so far.
pub async fn run(
    address: SocketAddr,
    clients: usize,
    duration: Duration,
    question: impl Fn(usize, usize) -> Value + Send + Sync + 'static,
) -> Result<Seen, Failure> {
    let (began, question) = (Instant::now(), Arc::new(question));
    let until = began + duration;
    let tasks: Vec<_> = (0..clients)
        .map(|number| {
            let question = question.clone();
            tokio::spawn(async move { one_client(address, until, |count| question(number, count)).await })
        })
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        seen.add(task.await?);
    }
    seen.elapsed = began.elapsed();
    Ok(seen)
}

async fn one_client(address: SocketAddr, until: Instant, question: impl Fn(usize) -> Value) -> Seen {
    let (mut client, mut seen, mut count) = (Client::new(address), Seen::default(), 0);
    while Instant::now() < until {
        let answer = client.post("/runs", &question(count)).await;
        count += 1;
        match answer {
            Ok(answer) if answer.status == StatusCode::OK => {
                seen.milliseconds.push(answer.elapsed.as_secs_f64() * 1e3);
            }
            Ok(answer) => match (answer.status, answer.retry_after) {
                (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(pause)) => {
                    seen.told_to_wait += 1;
                    tokio::time::sleep(pause.min(until - Instant::now().min(until))).await;
                }
                (status, _) => {
                    let words = String::from_utf8_lossy(&answer.body);
                    seen.fail(format!("{status}: {words:.300}"));
                }
            },
            Err(error) => seen.fail(error.to_string()),
        }
    }
    seen
}

/// One client, and what it does between its questions.
pub async fn alone(address: SocketAddr, runs: usize, pause: Pause, body: &Value) -> Result<Times, Failure> {
    let mut client = Client::new(address);
    let mut milliseconds = Vec::new();
    let dataset = body["dataset_id"].as_str().ok_or("no dataset")?;
    for _ in 0..runs {
        pause.wait(&mut client, dataset).await?;
        let answer = client.post("/runs", body).await?;
        if answer.status != StatusCode::OK {
            let words = String::from_utf8_lossy(&answer.body);
            return Err(format!("{}: {words:.500}", answer.status).into());
        }
        milliseconds.push(answer.elapsed.as_secs_f64() * 1e3);
    }
    Ok(Times::new(milliseconds))
}
