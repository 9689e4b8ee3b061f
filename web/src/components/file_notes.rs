//! What was assumed when a dataset's files were read: closed until somebody wants to know.

use crate::format::quantity::count_of;
use csv_analyst_protocol::reading::Note;
use leptos::prelude::*;

/// Nothing where nothing was assumed.
pub fn file_notes(notes: Vec<Note>) -> Option<AnyView> {
    if notes.is_empty() {
        return None;
    }
    let title = format!(
        "{} about the files",
        count_of(notes.len() as u64, "assumption", "assumptions")
    );
    let items = notes.into_iter().map(note_view).collect_view();
    Some(
        view! {
            <details class="file-notes" data-testid="file-notes">
                <summary>{title}</summary>
                <ul>{items}</ul>
            </details>
        }
        .into_any(),
    )
}

fn note_view(note: Note) -> AnyView {
    let place = place(&note);
    let instead = note.instead.map(|instead| view! { <code>{instead}</code> });
    view! { <li><span class="file-note-place">{place}</span>{note.message}" "{instead}</li> }.into_any()
}

/// "orders.csv, line 17, day"
fn place(note: &Note) -> String {
    let line = note.line.map(|line| format!("line {line}"));
    let parts = [Some(note.file.clone()), line, note.column.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_its_place() {
        let note = Note {
            file: "orders.csv".into(),
            line: Some(17),
            column: Some("day".into()),
            ..Note::default()
        };
        assert_eq!(place(&note), "orders.csv, line 17, day");
    }
}
