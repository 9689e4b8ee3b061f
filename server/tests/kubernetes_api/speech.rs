//! What a runner says over its attached stream, and how it ends.

use super::play::Stage;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use csv_analyst_protocol::runner::{READY_LINE, WAKE_LINE};
use serde_json::{Value, json};

pub const RIGHT_ANSWER: &str = r#"{"run_id":"run-1","outcome":{"table":{"columns":[],"rows":[],"row_count":0,"truncated":false}},"timings":{"open_ms":1,"wait_ms":1,"check_ms":1,"execute_ms":1,"serialise_ms":1},"peak_memory_bytes":1}"#;

#[derive(Clone)]
pub enum Speech {
    /// Whatever its part is.
    Honest,
    Guards {
        wakes: bool,
    },
    Loader,
    /// Ready, and then this instead of an answer.
    Lie(String),
    /// Ready, and then so many bytes without an end.
    Flood(usize),
    /// Ready; its stream ends at the request, and this becomes of the pod.
    DieAtRequest(Value),
    /// Not even ready.
    DieAtGreeting(Value),
    /// Ready; at the request the connection is torn.
    Tear,
    /// Ready, and then nothing.
    Silence,
}

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;

pub async fn speak(mut socket: WebSocket, speech: Speech, stage: Stage, pod: String) {
    let mut heard = Input::default();
    let dies = match &speech {
        Speech::Loader => {
            heard.line(&mut socket).await;
            say(&mut socket, "\"present\"\n").await;
            None
        }
        Speech::Guards { wakes } => {
            heard.line(&mut socket).await;
            let report = json!({"in_force": ["seccomp"], "missing": ["landlock"], "wakes": wakes});
            say(&mut socket, &format!("{report}\n")).await;
            None
        }
        Speech::DieAtGreeting(status) => {
            heard.line(&mut socket).await;
            Some(status)
        }
        other => match converse(&mut socket, &mut heard, other, &stage).await {
            End::Torn => return,
            End::Died(status) => Some(status),
            End::Told => None,
        },
    };
    let completed = super::play::terminated(0, "Completed");
    let _ = send(&mut socket, STATUS, br#"{"metadata":{},"status":"Success"}"#).await;
    stage.becomes(&pod, dies.unwrap_or(&completed));
}

enum End<'a> {
    Told,
    Died(&'a Value),
    Torn,
}

async fn converse<'a>(
    socket: &mut WebSocket,
    heard: &mut Input,
    speech: &'a Speech,
    stage: &Stage,
) -> End<'a> {
    // A greeting is an empty line, and nothing is said before.
    if heard.line(socket).await != Some(String::new()) {
        return End::Told;
    }
    let _ = send(socket, STDERR, b"a word of the runner's\n").await;
    say(socket, &format!("{READY_LINE}\n")).await;
    if !is_asked(socket, heard, stage).await {
        return End::Told;
    }
    match speech {
        Speech::Lie(text) => say(socket, text).await,
        Speech::Flood(bytes) => {
            for _ in 0..bytes / 1_024 {
                say(socket, &"x".repeat(1_024)).await;
            }
        }
        Speech::DieAtRequest(status) => return End::Died(status),
        Speech::Tear => return End::Torn,
        Speech::Silence => {
            heard.line(socket).await;
        }
        _ => say(socket, &format!("{RIGHT_ANSWER}\n")).await,
    }
    End::Told
}

/// Until the request; what wakes a runner before it is counted. False when nothing more comes.
async fn is_asked(socket: &mut WebSocket, heard: &mut Input, stage: &Stage) -> bool {
    while let Some(line) = heard.line(socket).await {
        if line != WAKE_LINE {
            return true;
        }
        stage.lock().wakes += 1;
    }
    false
}

async fn say(socket: &mut WebSocket, text: &str) {
    let _ = send(socket, STDOUT, text.as_bytes()).await;
}

async fn send(socket: &mut WebSocket, channel: u8, bytes: &[u8]) -> Result<(), axum::Error> {
    let framed: Bytes = [&[channel], bytes].concat().into();
    socket.send(Message::Binary(framed)).await
}

#[derive(Default)]
struct Input {
    rest: Vec<u8>,
}

impl Input {
    /// `None` when nothing more comes.
    async fn line(&mut self, socket: &mut WebSocket) -> Option<String> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            match socket.recv().await {
                Some(Ok(Message::Binary(frame))) if frame.first() == Some(&STDIN) => {
                    self.rest.extend_from_slice(&frame[1..]);
                }
                Some(Ok(Message::Binary(frame))) if frame[..] == [CLOSE, STDIN] => return None,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}
