//! The W3C WebDriver protocol, as much of it as these tests need: JSON over HTTP on loopback.
//!
//! Hand-made, because the ready-made clients bring a second copy of half the dependency tree into
//! every test build. <https://www.w3.org/TR/webdriver2/>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// The key under which an element's reference travels (WebDriver, "Elements").
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Starting a browser on an overloaded machine is the slowest request.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

pub struct Session {
    driver: SocketAddr,
    id: String,
}

impl Session {
    pub fn begin(driver: SocketAddr, capabilities: Value) -> Result<Self, String> {
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let answer = request(driver, "POST", "/session", &wanted)?;
        let id = answer["sessionId"]
            .as_str()
            .ok_or("the driver gave no session")?
            .to_owned();
        Ok(Self { driver, id })
    }

    pub fn end(&self) {
        self.delete("").ok();
    }

    pub fn go_to(&self, address: &str) -> Result<(), String> {
        self.post("/url", json!({"url": address})).map(drop)
    }

    pub fn reload(&self) -> Result<(), String> {
        self.post("/refresh", json!({})).map(drop)
    }

    /// What the script returns; it sees `argument` as `arguments[0]`.
    pub fn execute(&self, script: &str, argument: &str) -> Result<Value, String> {
        self.post("/execute/sync", json!({"script": script, "args": [argument]}))
    }

    pub fn click(&self, selector: &str) -> Result<(), String> {
        let element = self.find(selector)?;
        self.post(&format!("/element/{element}/click"), json!({}))
            .map(drop)
    }

    pub fn type_into(&self, selector: &str, text: &str) -> Result<(), String> {
        let element = self.find(selector)?;
        self.post(&format!("/element/{element}/value"), json!({"text": text}))
            .map(drop)
    }

    /// A picture as base64 of PNG.
    pub fn screenshot(&self) -> Result<String, String> {
        let answer = self.command("GET", "/screenshot", &Value::Null)?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    pub fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        self.command("POST", path, &body)
    }

    fn find(&self, selector: &str) -> Result<String, String> {
        let found = self.post("/element", json!({"using": "css selector", "value": selector}))?;
        let element = found[ELEMENT]
            .as_str()
            .ok_or_else(|| format!("the page has no {selector}"))?;
        Ok(element.to_owned())
    }

    fn delete(&self, path: &str) -> Result<Value, String> {
        self.command("DELETE", path, &Value::Null)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        request(self.driver, method, &format!("/session/{}{path}", self.id), body)
    }
}

/// The `value` of the answer; WebDriver puts errors there as well.
fn request(driver: SocketAddr, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let (status, body) =
        exchange(driver, method, path, body).map_err(|error| format!("chromedriver: {error}"))?;
    let mut answer: Value = serde_json::from_slice(&body).map_err(|error| format!("{path}: {error}"))?;
    let value = answer["value"].take();
    match status.as_str() {
        "200" => Ok(value),
        _ => Err(format!("{path}: {}: {}", value["error"], value["message"])),
    }
}

/// Status and body. The driver keeps connections open whatever it is asked, so the length counts.
fn exchange(
    driver: SocketAddr,
    method: &str,
    path: &str,
    body: &Value,
) -> std::io::Result<(String, Vec<u8>)> {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut stream = TcpStream::connect(driver)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {driver}\r\n")?;
    write!(
        stream,
        "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut stream = BufReader::new(stream);
    let status = line(&mut stream)?
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut length = 0;
    loop {
        let header = line(&mut stream)?.to_ascii_lowercase();
        match header.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status, body))
}

fn line(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
