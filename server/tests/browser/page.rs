//! The page as a person uses it: open a dataset, click a question, read the table.
//!
//! Things are found by their `data-testid`; the list is in `web/src/lib.rs`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::chromium::Browser;

/// For an answer on an overloaded machine; usually it takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// The last answer as the page shows it: status, cells as text, and what it says about their number.
const READ_ANSWER: &str = r#"
    const all = document.querySelectorAll('[data-testid=answer]');
    const answer = all[all.length - 1];
    if (!answer || document.querySelector('[data-testid=turn-in-progress]')) return null;
    const text = part => [...answer.querySelectorAll(`[data-testid=${part}]`)].map(it => it.innerText).join(' ');
    const rows = [...answer.querySelectorAll('[data-testid=result-table] tbody tr')];
    return {
        status: answer.dataset.status,
        text: text('answer-text'),
        failure: text('failure'),
        row_count: text('row-count'),
        rows: rows.map(row => [...row.cells].map(cell => cell.innerText.trim())),
    };"#;

pub struct Page<'browser> {
    pub browser: &'browser Browser,
    address: SocketAddr,
}

impl<'browser> Page<'browser> {
    pub fn new(browser: &'browser Browser, address: SocketAddr) -> Self {
        Self { browser, address }
    }

    /// The start page, and a click on the dataset's card.
    pub fn open(&self, dataset: &str) -> Result<(), String> {
        self.browser.session.go_to(&format!("http://{}/", self.address))?;
        self.until_ready()?;
        self.click(&format!("[data-testid=dataset-card][data-dataset='{dataset}']"))?;
        self.until("return location.search.includes(arguments[0]) || null", dataset)
            .map(drop)
    }

    pub fn reload(&self) -> Result<(), String> {
        self.browser.session.reload()?;
        self.until_ready()
    }

    pub fn click_prompt(&self, prompt: &str) -> Result<(), String> {
        let mark = "const found = [...document.querySelectorAll('[data-testid=prompt]')]
            .find(it => it.innerText.trim() === arguments[0]);
            if (!found) return null;
            found.id = 'the-prompt';
            // The driver clicks where an element is, be it under the composer; a person scrolls.
            found.scrollIntoView({block: 'center', behavior: 'instant'});
            return true;";
        self.until(mark, prompt)?;
        self.click("#the-prompt")
    }

    pub fn type_question(&self, question: &str) -> Result<(), String> {
        self.browser
            .session
            .type_into("[data-testid=composer]", question)?;
        self.click("[data-testid=send]")
    }

    /// Waits for the end of the last answer and gives its table in the shape of a run.
    pub fn answer(&self) -> Result<Value, String> {
        let shown = self.until(READ_ANSWER, "")?;
        if shown["status"] != "succeeded" {
            return Err(format!(
                "the page says {}: {} {}",
                shown["status"], shown["text"], shown["failure"]
            ));
        }
        let rows: Vec<Value> = shown["rows"]
            .as_array()
            .into_iter()
            .flatten()
            .map(row_of_values)
            .collect();
        let said = shown["row_count"].as_str().unwrap_or_default();
        let truncated = rows.len() < total(said).unwrap_or(rows.len());
        Ok(json!({"status": "succeeded", "rows": rows, "truncated": truncated}))
    }

    pub fn declined_text(&self) -> Result<String, String> {
        let shown = self.until(READ_ANSWER, "")?;
        match shown["status"].as_str() {
            Some("declined") => Ok(shown["text"].as_str().unwrap_or_default().to_owned()),
            other => Err(format!("the page says {other:?}: {}", shown["text"])),
        }
    }

    pub fn refuse_console_errors(&self, place: &str) -> Result<(), String> {
        match self.browser.console_errors()?.as_slice() {
            [] => Ok(()),
            errors => Err(format!("{place}: the browser's console says {errors:?}")),
        }
    }

    pub fn click(&self, selector: &str) -> Result<(), String> {
        self.until(
            "return document.querySelector(arguments[0]) ? true : null",
            selector,
        )?;
        self.browser.session.click(selector)
    }

    /// The page is readable at once; clicks work from the moment that its script has taken over.
    fn until_ready(&self) -> Result<(), String> {
        self.until(
            "return document.documentElement.dataset.ready === 'true' || null",
            "",
        )
        .map(drop)
    }

    /// Asks again and again until the script answers something.
    fn until(&self, script: &str, argument: &str) -> Result<Value, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.browser.session.execute(script, argument)?;
            if !answer.is_null() {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                let console = self.browser.console_errors().unwrap_or_default();
                return Err(format!(
                    "nothing came of `{script}` ({argument}); console: {console:?}"
                ));
            }
            std::thread::sleep(POLL);
        }
    }
}

fn row_of_values(row: &Value) -> Value {
    row.as_array()
        .into_iter()
        .flatten()
        .map(|cell| value_of(cell.as_str().unwrap_or_default()))
        .collect()
}

/// `16,973.64` is a number again, `NULL` nothing, and everything else what it says.
fn value_of(text: &str) -> Value {
    let number = text.replace(',', "");
    match text {
        "NULL" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number
            .parse::<f64>()
            .map_or_else(|_| Value::from(text), Value::from),
    }
}

/// "Showing 200 of 1,416 rows" says 1416; "12 rows" says 12.
fn total(said: &str) -> Option<usize> {
    let words = said
        .split_whitespace()
        .filter_map(|word| word.replace(',', "").parse().ok());
    words.max()
}

/// What the device emulation of the browser takes.
pub fn viewport(width: u32, height: u32, phone: bool) -> Value {
    let scale = if phone { 2 } else { 1 };
    let entries = [
        ("width", json!(width)),
        ("height", json!(height)),
        ("deviceScaleFactor", json!(scale)),
        ("mobile", json!(phone)),
    ];
    Value::Object(
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}
