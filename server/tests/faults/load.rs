//! Clients that ask all sorts of things until they are told to stop, and write down what they hear.

use crate::case::{ENDLESS, QUICK};
use crate::ledger::Ledger;
use crate::random::Random;
use crate::support::server::{request, send};
use serde_json::{Value, json};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// At the same time; more than there are places for sandboxes.
const CLIENTS: usize = 4;

pub struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn start(address: SocketAddr, ledger: &Arc<Ledger>, random: &mut Random) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let clients = (0..CLIENTS).map(|_| {
            let client = Client {
                address,
                ledger: ledger.clone(),
                random: random.split(),
            };
            let (stop, answered) = (stop.clone(), answered.clone());
            std::thread::spawn(move || client.ask_until(&stop, &answered))
        });
        let clients = clients.collect();
        Self {
            stop,
            answered,
            clients,
        }
    }

    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Returns when each has heard the end of what it had asked.
    pub fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().expect("a client does not panic");
        }
        self.answered.load(Ordering::Relaxed)
    }
}

struct Client {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    random: Random,
}

impl Client {
    fn ask_until(mut self, stop: &AtomicBool, answered: &AtomicU64) {
        while !stop.load(Ordering::Relaxed) {
            match self.ask_something() {
                Some(()) => {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                // Nobody there, or gone in the middle: nothing was told.
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn ask_something(&mut self) -> Option<()> {
        match self.random.below(10) {
            0..=3 => self.run("/runs", QUICK, 20_000).map(drop),
            4 => self.run("/runs?wait=false", QUICK, 20_000).map(drop),
            5 => self.run_and_cancel(),
            6 => self.run("/runs", ENDLESS, 300).map(drop),
            7 => self
                .run("/runs", "SELECT * FROM read_csv('/etc/passwd')", 1_000)
                .map(drop),
            8 => self.chat(),
            _ => self.chat_and_leave(),
        }
    }

    /// Now and then an answer that is kept will do.
    fn run(&mut self, path: &str, sql: &str, timeout_ms: u64) -> Option<Value> {
        let cache = self.random.one_in(4);
        let body = json!({"dataset_id": "shop", "sql": sql, "timeout_ms": timeout_ms, "cache": cache});
        let (_, answer) = request(self.address, "POST", path, Some(&body)).ok()?;
        self.ledger.note(&answer);
        Some(answer)
    }

    fn run_and_cancel(&mut self) -> Option<()> {
        let accepted = self.run("/runs?wait=false", ENDLESS, 30_000)?;
        std::thread::sleep(self.random.up_to(Duration::from_millis(300)));
        let path = format!("/runs/{}/cancel", accepted["run_id"].as_str()?);
        let (_, answer) = request(self.address, "POST", &path, None).ok()?;
        self.ledger.note(&answer);
        Some(())
    }

    fn chat(&self) -> Option<()> {
        let (status, answer) = request(self.address, "POST", "/chat", Some(&question())).ok()?;
        if status == 200 {
            self.ledger.note_answer(&answer);
        }
        Some(())
    }

    /// Reads some of the stream and closes.
    fn chat_and_leave(&mut self) -> Option<()> {
        let mut stream = send(self.address, "POST", "/chat/stream", Some(&question())).ok()?;
        let count = usize::try_from(self.random.below(600)).unwrap_or(0);
        stream.read_exact(&mut vec![0; count]).ok()
    }
}

pub fn question() -> Value {
    json!({"dataset_id": "shop", "message": "total amount by category"})
}
