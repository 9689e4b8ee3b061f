//! Clients of streams that read a byte at a time, that read nothing, and that go away.

use crate::case::{Case, QUICK};
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::question;
use crate::processes::open_sockets;
use crate::random::Random;
use crate::setting::{Family, is_full, times};
use crate::support::server::send;
use serde_json::json;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

/// Others than these have their own connections.
const SPARE_SOCKETS: usize = 8;

#[test]
fn slow_and_vanishing_readers_hold_up_nobody_and_lose_no_answer() {
    let (mut family, mut random) = Family::begin("slow and vanishing readers");
    let Some(mut case) = Case::new("faults: slow readers") else {
        return;
    };
    let ledger = Ledger::default();
    case.start();
    let idle = open_sockets(case.server_id().expect("a server"));
    for _ in 0..times(1, 5) {
        let readers: Vec<_> = (0..24)
            .map(|_| {
                family.fault();
                slow_reader(case.address(), random.split())
            })
            .collect();
        for _ in 0..5 {
            let (status, run) = case.run_sql(QUICK, 30_000);
            assert_eq!(status, 200, "others are served: {run}");
            ledger.note(&run);
        }
        readers
            .into_iter()
            .for_each(|reader| reader.join().expect("no panic"));
        invariants::hold(&case, &ledger);
        connections_are_given_back(&case, idle);
    }
    case.stop();
    invariants::nothing_is_left(&case);
}

fn connections_are_given_back(case: &Case, idle: usize) {
    let server = case.server_id().expect("a server");
    case.wait_for("the readers' connections are given back", || {
        open_sockets(server) <= idle + SPARE_SOCKETS
    });
}

/// A byte a second for a few seconds; then it closes, in the middle or at the end.
fn slow_reader(address: SocketAddr, mut random: Random) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let Ok(mut stream) = send(address, "POST", "/chat/stream", Some(&question())) else {
            return;
        };
        for _ in 0..random.below(6) {
            if stream.read_exact(&mut [0]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        if random.one_in(2) {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    })
}

/// Takes longer than a stalled client is given, so in the full form only; the rule itself is tested with
/// little time (`http::stalled`).
#[test]
fn clients_that_never_read_lose_their_connection() {
    let (mut family, _) = Family::begin("clients that never read");
    if !is_full() {
        return;
    }
    let Some(mut case) = Case::new("faults: clients that never read") else {
        return;
    };
    case.start();
    let idle = open_sockets(case.server_id().expect("a server"));
    // More than both sides' buffers hold.
    let wide =
        "SELECT repeat(a.category, 150) AS words FROM sales AS a, sales AS b WHERE a.sale_id > 0 LIMIT 10000";
    let body = json!({"dataset_id": "shop", "sql": wide, "max_rows": 10_000});
    let (status, run) = case.request("POST", "/runs", Some(&body)).expect("an answer");
    assert_eq!(status, 200, "{run}");
    let path = format!("/runs/{}", run["run_id"].as_str().expect("an id"));
    let deaf: Vec<TcpStream> = (0..30)
        .map(|_| {
            family.fault();
            let client = send(case.address(), "GET", &path, None).expect("a connection");
            let little: libc::c_int = 4_096;
            let size = libc::socklen_t::try_from(size_of_val(&little)).expect("a small number");
            // SAFETY: a number of the size that is named, for a socket that is open.
            unsafe {
                libc::setsockopt(
                    client.as_raw_fd(),
                    libc::SOL_SOCKET,
                    libc::SO_RCVBUF,
                    (&raw const little).cast(),
                    size,
                );
            }
            client
        })
        .collect();
    std::thread::sleep(Duration::from_secs(3));
    let held = open_sockets(case.server_id().expect("a server"));
    assert!(held >= deaf.len(), "they hold their connections: {held}");
    connections_are_given_back(&case, idle);
    drop(deaf);
    case.stop();
    invariants::nothing_is_left(&case);
}
