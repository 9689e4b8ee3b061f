//! Writes what was measured between two marks of a document.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The first mark ends with its line.
pub type Marks = (&'static str, &'static str);

pub fn between(workspace: &Workspace, document: &str, marks: Marks, text: &str) -> Result<()> {
    let path = workspace.root.join(document);
    let old = fs::read_to_string(&path).with_context(|| format!("cannot read {document}"))?;
    let new = replaced(&old, document, marks, text)?;
    if new == old {
        println!("{document} says so already");
        return Ok(());
    }
    fs::write(&path, new).with_context(|| format!("cannot write {document}"))?;
    println!("{document} is rewritten");
    Ok(())
}

/// The document with this text between its marks.
fn replaced(old: &str, document: &str, (begin, end): Marks, text: &str) -> Result<String> {
    let Some((before, rest)) = old.split_once(begin) else {
        bail!("{document} has no line `{}`", begin.trim());
    };
    let Some((_, after)) = rest.split_once(end) else {
        bail!("{document} has no line `{end}`");
    };
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    const MARKS: (&str, &str) = ("<!-- x: begin -->\n", "<!-- x: end -->");

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = format!("before\n{}old\n{}\nafter\n", MARKS.0, MARKS.1);
        let new = replaced(&text, "d", MARKS, "new\n").unwrap();
        assert_eq!(new, format!("before\n{}\nnew\n\n{}\nafter\n", MARKS.0, MARKS.1));
        assert_eq!(replaced(&new, "d", MARKS, "new").unwrap(), new);
        assert!(replaced("no marks", "d", MARKS, "new").is_err());
    }
}
