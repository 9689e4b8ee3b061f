//! What was assumed about one table, kept short: a file of a thousand odd columns must not become a
//! thousand pages.

use csv_analyst_protocol::reading::{Note, NoteKind};

/// More than anybody reads.
const MOST: usize = 60;

#[derive(Debug, Default)]
pub struct Notes {
    file: String,
    kept: Vec<Note>,
    left_out: u64,
}

impl Notes {
    pub fn of(file: &str) -> Self {
        Self {
            file: file.into(),
            ..Self::default()
        }
    }

    pub fn add(&mut self, note: Note) {
        if self.kept.len() < MOST {
            self.kept.push(Note {
                file: self.file.clone(),
                ..note
            });
        } else {
            self.left_out += 1;
        }
    }

    pub fn say(
        &mut self,
        kind: NoteKind,
        line: Option<u64>,
        message: impl Into<String>,
        instead: Option<&str>,
    ) {
        self.add(Note {
            kind,
            line,
            message: message.into(),
            instead: instead.map(Into::into),
            ..Note::default()
        });
    }

    pub fn finish(mut self) -> Vec<Note> {
        if self.left_out > 0 {
            let message = format!("{} more notes are not shown.", self.left_out);
            self.kept.push(Note {
                file: self.file,
                message,
                ..Note::default()
            });
        }
        self.kept
    }
}
