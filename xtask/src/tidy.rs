//! `cargo xtask tidy`: the repository's rules as code. A failure says the rule and why it exists.
//!
//! It reads text and manifests only. What the compiler or clippy can hold is held there, not here.

mod dependencies;
mod layout;
mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// One breach of one rule: where, what, and why the rule is there.
#[derive(Debug)]
pub struct Breach {
    pub place: String,
    pub what: String,
    pub why: &'static str,
}

/// A text file of the repository with its path inside it.
pub struct TextFile {
    pub path: PathBuf,
    pub text: String,
}

pub fn run(workspace: &Workspace) -> Result<()> {
    let paths = tracked_paths(&workspace.root)?;
    let files = read_texts(&workspace.root, &paths)?;
    let mut breaches = layout::check(&paths);
    breaches.extend(files.iter().flat_map(sources::check));
    breaches.extend(dependencies::check(workspace)?);
    for breach in &breaches {
        println!("{}: {}\n    {}", breach.place, breach.what, breach.why);
    }
    match breaches.len() {
        0 => {
            println!("tidy: {} files follow the rules", paths.len());
            Ok(())
        }
        count => bail!("{count} breaches of the repository's rules"),
    }
}

/// What is committed or about to be: ignored files are nobody's business.
fn tracked_paths(root: &Path) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let printed = process::capture(&mut git).context("tidy asks git which files there are")?;
    let listed = printed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    Ok(listed.filter(|path| root.join(path).is_file()).collect())
}

/// Files that are not text (pictures) have no lines to check.
fn read_texts(root: &Path, paths: &[PathBuf]) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    for path in paths {
        let bytes =
            std::fs::read(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile {
                path: path.clone(),
                text,
            });
        }
    }
    Ok(files)
}
