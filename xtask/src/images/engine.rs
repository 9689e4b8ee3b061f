//! The container engine behind its socket, spoken to in plain HTTP: no client program is needed.
//!
//! Only three requests are known here: is it there, load this archive, which image has this name.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Loading 70 MB takes seconds; a stuck engine should not hold a build for ever.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

pub struct Engine {
    socket: PathBuf,
}

impl Engine {
    pub fn connect() -> Result<Self> {
        let socket = match env::var("DOCKER_HOST") {
            Ok(host) => PathBuf::from(host.strip_prefix("unix://").with_context(|| {
                format!("DOCKER_HOST is {host}, but an image can be loaded through unix:// only")
            })?),
            Err(_) => PathBuf::from(DEFAULT_SOCKET),
        };
        let engine = Self { socket };
        engine
            .request("GET", "/_ping", "", &[])
            .with_context(|| format!("no container engine answers at {}", engine.socket.display()))?;
        Ok(engine)
    }

    pub fn load(&self, archive: &[u8]) -> Result<()> {
        let answer = self.request("POST", "/images/load?quiet=1", "application/x-tar", archive)?;
        // Errors after the first byte come as a line of JSON under a status of 200.
        match answer.lines().find(|line| line.contains("\"error\"")) {
            Some(line) => bail!("the engine refused the image: {line}"),
            None => Ok(()),
        }
    }

    pub fn image_id(&self, tag: &str) -> Result<String> {
        let answer = self.request("GET", &format!("/images/{tag}/json"), "", &[])?;
        let image: Value = serde_json::from_str(&answer).context("the engine did not answer in JSON")?;
        Ok(image["Id"]
            .as_str()
            .context("the engine's image has no id")?
            .to_owned())
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<String> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
        )?;
        write!(stream, "Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")?;
        stream.write_all(body)?;
        let (status, answer) = read_answer(BufReader::new(stream))?;
        if !(200..300).contains(&status) {
            bail!("{method} {path} was answered with {status}: {}", answer.trim());
        }
        Ok(answer)
    }
}

fn read_answer(mut stream: impl BufRead) -> Result<(u16, String)> {
    let first = header_line(&mut stream)?;
    let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.with_context(|| format!("`{first}` is not an answer in HTTP"))?;
    let mut chunked = false;
    loop {
        let line = header_line(&mut stream)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
    }
    let mut body = Vec::new();
    if chunked {
        while let Some(chunk) = next_chunk(&mut stream)? {
            body.extend(chunk);
        }
    } else {
        stream.read_to_end(&mut body)?;
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn header_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn next_chunk(stream: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let line = header_line(stream)?;
    let length = usize::from_str_radix(line.trim(), 16).context("the engine sent a broken chunk")?;
    // A chunk is followed by a line end of its own.
    let mut chunk = vec![0; length + 2];
    stream.read_exact(&mut chunk)?;
    chunk.truncate(length);
    Ok((length > 0).then_some(chunk))
}

#[cfg(test)]
mod tests {
    use super::read_answer;

    #[test]
    fn a_chunked_answer_is_put_together() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(read_answer(text.as_bytes()).unwrap(), (200, "abcde".to_owned()));
    }

    #[test]
    fn a_plain_answer_ends_with_the_connection() {
        let text = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
        assert_eq!(read_answer(text.as_bytes()).unwrap(), (404, "none".to_owned()));
    }
}
