//! The file of questions: one JSON object a line. Fields that only a judge needs are passed over.

use super::EvalError;
use serde::Deserialize;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path};

/// What a question is asked of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Data {
    /// One file, the only table.
    Table(String),
    /// A folder of files.
    Database(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub id: String,
    pub text: String,
    pub data: Data,
    /// Counts from 1.
    pub line: usize,
}

#[derive(Deserialize)]
struct Fields {
    id: String,
    question: String,
    table: Option<String>,
    db: Option<String>,
}

/// At most `limit` of them, from the top; lines beyond are not looked at.
pub fn read_questions(path: &Path, limit: Option<usize>) -> Result<Vec<Question>, EvalError> {
    let unreadable = |reason| EvalError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(unreadable)?;
    let (mut questions, mut ids) = (Vec::new(), HashSet::new());
    for (index, text) in BufReader::new(file).split(b'\n').enumerate() {
        if limit.is_some_and(|limit| questions.len() >= limit) {
            break;
        }
        let text = text.map_err(unreadable)?;
        if text.trim_ascii().is_empty() {
            continue;
        }
        let line = index + 1;
        let read = question(&text, line).and_then(|question| new_id(question, &mut ids));
        questions.push(read.map_err(|reason| EvalError::BadLine {
            path: path.to_owned(),
            line,
            reason,
        })?);
    }
    match questions.is_empty() {
        true => Err(EvalError::NoQuestions(path.to_owned())),
        false => Ok(questions),
    }
}

fn question(text: &[u8], line: usize) -> Result<Question, String> {
    let fields: Fields = serde_json::from_slice(text).map_err(|error| without_place(&error))?;
    let data = match (fields.db, fields.table) {
        (Some(database), _) => Data::Database(file_stem(database)?),
        (None, Some(table)) => Data::Table(file_stem(table)?),
        (None, None) => return Err("neither `table` nor `db` says what is asked of".to_owned()),
    };
    Ok(Question {
        id: fields.id,
        text: fields.question,
        data,
        line,
    })
}

/// The parser counts lines too, but within this one line: its "line 1" would mislead.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((reason, _)) => format!("{reason} (column {})", error.column()),
        None => text,
    }
}

/// A name inside the folder of tables. The file may come from anywhere: it must not reach other folders.
fn file_stem(name: String) -> Result<String, String> {
    let mut parts = Path::new(&name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(only)), None) if only == name.as_str() => Ok(name),
        _ => Err(format!("`{name}` is not a table's name, but a path")),
    }
}

/// Predictions are told apart by it.
fn new_id(question: Question, ids: &mut HashSet<String>) -> Result<Question, String> {
    match ids.insert(question.id.clone()) {
        true => Ok(question),
        false => Err(format!("the id `{}` was there before", question.id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, limit: Option<usize>) -> Result<Vec<Question>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read_questions(file.path(), limit).map_err(|error| error.to_string())
    }

    #[test]
    fn a_question_names_a_table_or_a_database_and_may_say_more() {
        let text = r#"{"id": "a", "question": "how many?", "table": "films-1", "answer": [["3"]]}

{"id": "b", "question": "who?", "db": "world", "table": null}"#;
        let questions = read(text, None).unwrap();
        assert_eq!(questions[0].data, Data::Table("films-1".into()));
        assert_eq!(questions[1].data, Data::Database("world".into()));
        assert_eq!(questions[1].line, 3);
        assert_eq!(read(text, Some(1)).unwrap().len(), 1);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let good = r#"{"id": "a", "question": "how many?", "table": "t"}"#;
        for (bad, reason) in [
            ("{\"id\": \"b\"", "EOF"),
            (r#"{"id": "b", "table": "t"}"#, "missing field `question`"),
            (r#"{"id": "b", "question": "?"}"#, "neither `table` nor `db`"),
            (r#"{"id": "a", "question": "?", "table": "t"}"#, "the id `a`"),
        ] {
            let message = read(&format!("{good}\n{bad}\n"), None).unwrap_err();
            assert!(
                message.contains(", line 2: ") && message.contains(reason),
                "{message}"
            );
        }
        assert!(read("\n", None).unwrap_err().contains("holds no question"));
    }

    #[test]
    fn a_table_cannot_be_a_path_to_another_folder() {
        for name in ["../secrets", "/etc/passwd", "a/b", "..", ".", "", "a/"] {
            let line = serde_json::json!({"id": "a", "question": "?", "table": name}).to_string();
            assert!(read(&line, None).unwrap_err().contains("but a path"), "{name}");
        }
    }
}
