//! The two lines between server and runner, over whatever carries them. The runner may say
//! anything: every line is bounded, and standard error keeps only its beginning.

use csv_analyst_protocol::runner::{MOST_WAKES, WAKE_LINE};
use futures::FutureExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

pub type Reader = Pin<Box<dyn AsyncRead + Send>>;
pub type Writer = Pin<Box<dyn AsyncWrite + Send>>;

/// Enough for a dozen guard messages and an engine's last words.
const STDERR_BYTES: usize = 8 << 10;

pub struct Wire {
    input: Writer,
    output: BufReader<Reader>,
    stderr: StderrHead,
    /// The runner knows what it means to be woken.
    pub can_be_woken: bool,
    wakes: u32,
    woken_at: Option<Instant>,
    /// A part of a line was taken: nothing more can be said.
    torn: bool,
}

/// A runner that was woken stays quick for a while.
const AWAKE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The runner is gone, or was from the start.
    #[error("the runner closed its output")]
    Closed,
    #[error("the runner's line is longer than {0} bytes")]
    TooLong(u64),
    #[error("the runner said more than one line")]
    TwoLines,
    #[error("the request was not taken whole: {0}")]
    NotSent(std::io::Error),
    #[error(transparent)]
    Broken(#[from] std::io::Error),
}

impl Wire {
    pub fn new(input: Writer, output: Reader, stderr: StderrHead) -> Self {
        Self {
            input,
            output: BufReader::with_capacity(64 << 10, output),
            stderr,
            can_be_woken: false,
            wakes: 0,
            woken_at: None,
            torn: false,
        }
    }

    /// The only line, without its end. More bytes than `limit` end the conversation.
    pub async fn receive(&mut self, limit: u64) -> Result<Vec<u8>, WireError> {
        let line = self.receive_next(limit).await?;
        match self.output.buffer().is_empty() {
            true => Ok(line),
            false => Err(WireError::TwoLines),
        }
    }

    /// One of several lines.
    pub async fn receive_next(&mut self, limit: u64) -> Result<Vec<u8>, WireError> {
        let mut line = Vec::new();
        (&mut self.output)
            .take(limit.saturating_add(1))
            .read_until(b'\n', &mut line)
            .await?;
        match line.pop() {
            Some(b'\n') => Ok(line),
            Some(_) if line.len() as u64 >= limit => Err(WireError::TooLong(limit)),
            Some(_) | None => Err(WireError::Closed),
        }
    }

    /// The line and its end in one piece: if not all of it was taken, the runner has no whole line,
    /// and executes nothing.
    pub async fn send(&mut self, line: &[u8]) -> Result<(), WireError> {
        let whole = [line, b"\n"].concat();
        self.input.write_all(&whole).await.map_err(WireError::NotSent)?;
        self.input.flush().await?;
        Ok(())
    }

    /// Bytes after a line that announced them.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.input.write_all(bytes).await.map_err(WireError::NotSent)
    }

    /// Says nothing more, and hears out what still comes, for nothing. Returns when the other side has
    /// ended; how long that may take, and how much may come, is the caller's to bound.
    pub async fn hang_up(&mut self) {
        // One that is gone already has ended, too.
        let _ = self.input.shutdown().await;
        while let Ok(rest @ 1..) = self.output.fill_buf().await.map(<[u8]>::len) {
            self.output.consume(rest);
        }
    }

    /// Says that a request is likely to come soon. Never waits; now and then it says nothing.
    pub fn wake(&mut self) {
        let awake = self.woken_at.is_some_and(|at| at.elapsed() < AWAKE);
        if !self.can_be_woken || awake || self.torn || self.wakes >= MOST_WAKES {
            return;
        }
        (self.wakes, self.woken_at) = (self.wakes + 1, Some(Instant::now()));
        let line = format!("{WAKE_LINE}\n");
        // Nothing, or all of it: a pipe takes so few bytes in one piece.
        if let Some(taken) = self.input.write(line.as_bytes()).now_or_never() {
            self.torn = !taken.is_ok_and(|count| count == line.len());
            let _ = self.input.flush().now_or_never();
        }
    }

    /// Nothing was said since the last line, and the output is still open.
    pub fn is_quiet(&mut self) -> bool {
        !self.torn && self.output.fill_buf().now_or_never().is_none()
    }

    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

/// The beginning of what the runner says on standard error.
#[derive(Clone, Default)]
pub struct StderrHead(Arc<Mutex<Vec<u8>>>);

impl StderrHead {
    pub fn add(&self, bytes: &[u8]) {
        let mut head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = STDERR_BYTES.saturating_sub(head.len());
        head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    pub fn text(&self) -> String {
        let head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&head).into_owned()
    }

    /// Reads to the end, so that the runner never blocks on a full pipe.
    pub async fn fill_from(self, mut source: impl AsyncRead + Unpin) {
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = source.read(&mut buffer).await {
            self.add(&buffer[..count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn hear(said: &'static [u8], limit: u64) -> Result<Vec<u8>, WireError> {
        Wire::new(Box::pin(tokio::io::sink()), Box::pin(said), StderrHead::default())
            .receive(limit)
            .await
    }

    #[tokio::test]
    async fn a_whole_line_is_heard() {
        assert_eq!(hear(b"{}\n", 100).await.unwrap(), b"{}");
    }

    #[tokio::test]
    async fn half_a_line_two_lines_and_long_lines_are_refused() {
        assert!(matches!(hear(b"", 100).await, Err(WireError::Closed)));
        assert!(matches!(hear(b"{", 100).await, Err(WireError::Closed)));
        assert!(matches!(hear(b"{}\n{}\n", 100).await, Err(WireError::TwoLines)));
        assert!(matches!(
            hear(b"0123456789\n", 4).await,
            Err(WireError::TooLong(4))
        ));
    }

    #[tokio::test]
    async fn one_that_waits_is_quiet_and_one_that_spoke_or_ended_is_not() {
        let (mut runner, output) = tokio::io::duplex(64);
        let mut wire = Wire::new(
            Box::pin(tokio::io::sink()),
            Box::pin(output),
            StderrHead::default(),
        );
        assert!(wire.is_quiet());
        runner.write_all(b"x").await.unwrap();
        assert!(!wire.is_quiet());
        let (_, ended) = tokio::io::duplex(64);
        let mut wire = Wire::new(
            Box::pin(tokio::io::sink()),
            Box::pin(ended),
            StderrHead::default(),
        );
        assert!(!wire.is_quiet());
    }

    #[tokio::test]
    async fn a_runner_is_woken_in_whole_lines_and_not_again_at_once() {
        let (input, mut runner) = tokio::io::duplex(64);
        let (_said, output) = tokio::io::duplex(64);
        let mut wire = Wire::new(Box::pin(input), Box::pin(output), StderrHead::default());
        wire.wake();
        wire.can_be_woken = true;
        wire.wake();
        wire.wake();
        wire.send(b"{}").await.unwrap();
        drop(wire);
        let mut heard = String::new();
        runner.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, format!("{WAKE_LINE}\n{{}}\n"));
    }

    #[tokio::test]
    async fn one_that_took_half_a_line_is_not_used() {
        let (input, _runner) = tokio::io::duplex(4);
        let (_said, output) = tokio::io::duplex(64);
        let mut wire = Wire::new(Box::pin(input), Box::pin(output), StderrHead::default());
        assert!(wire.is_quiet());
        wire.can_be_woken = true;
        wire.wake();
        assert!(!wire.is_quiet());
    }

    #[tokio::test]
    async fn a_request_that_is_not_taken_whole_is_known_not_to_have_been_executed() {
        let (input, runner) = tokio::io::duplex(8);
        let mut wire = Wire::new(Box::pin(input), Box::pin(&b""[..]), StderrHead::default());
        drop(runner);
        assert!(matches!(
            wire.send(&[b'x'; 100]).await,
            Err(WireError::NotSent(_))
        ));
    }

    #[test]
    fn standard_error_is_bounded() {
        let head = StderrHead::default();
        for _ in 0..100 {
            head.add(&[b'x'; 1000]);
        }
        assert_eq!(head.text().len(), STDERR_BYTES);
    }
}
