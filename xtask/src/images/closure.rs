//! Which files dynamically linked programs need: themselves, the loader, and what `ldd` lists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::setup::duckdb::DuckDb;

/// A file of the image: where it will lie (without the first slash), its mode, and its contents.
pub struct ImageFile {
    pub path: String,
    pub mode: u32,
    pub contents: Vec<u8>,
    /// The machine's file that it is a copy of; tells whose package a library is from.
    pub from: Option<PathBuf>,
}

impl ImageFile {
    /// Or a library: the loader among them has to be executable.
    pub fn program(path: String, contents: Vec<u8>) -> Self {
        Self::of(path, 0o555, contents)
    }

    pub fn data(path: String, contents: Vec<u8>) -> Self {
        Self::of(path, 0o444, contents)
    }

    fn of(path: String, mode: u32, contents: Vec<u8>) -> Self {
        Self {
            path,
            mode,
            contents,
            from: None,
        }
    }
}

/// Programs (where each will lie, and the file), and their libraries where the loader looks by itself.
pub fn files_of(programs: &[(&str, PathBuf)], duckdb: &DuckDb) -> Result<Vec<ImageFile>> {
    let mut files = BTreeMap::new();
    for (path, program) in programs {
        files.insert((*path).to_owned(), program.clone());
        files.extend(libraries_of(program, duckdb)?);
    }
    let read = files.into_iter().map(|(path, file)| {
        let contents = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(ImageFile {
            from: Some(file),
            ..ImageFile::program(path, contents)
        })
    });
    read.collect()
}

fn libraries_of(program: &Path, duckdb: &DuckDb) -> Result<Vec<(String, PathBuf)>> {
    let mut ldd = Command::new("ldd");
    duckdb.apply(&mut ldd);
    let printed =
        process::capture(ldd.arg(program)).context("an image can only be made on Linux with ldd")?;
    let libraries = parse(&printed)?;
    let loader_folder = folder_of_libc(&libraries)?;
    let placed = libraries
        .into_iter()
        .map(|library| Ok((place(&library, &loader_folder)?, library)));
    placed.collect()
}

/// `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)` and `/lib64/ld-linux-x86-64.so.2 (0x...)`.
fn parse(printed: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for line in printed.lines() {
        if line.contains("not found") {
            bail!("a library is missing: {}", line.trim());
        }
        let place = line.split_once("=>").map_or(line, |(_, place)| place).trim();
        let path = place.split_once(" (").map_or(place, |(path, _)| path);
        // The kernel's own page (linux-vdso) has no file.
        if path.starts_with('/') {
            found.push(PathBuf::from(path));
        }
    }
    Ok(found)
}

fn folder_of_libc(libraries: &[PathBuf]) -> Result<PathBuf> {
    let libc = libraries
        .iter()
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("libc.so"))
        })
        .context("a program does not use the system's C library")?;
    Ok(libc.parent().context("a library lies in a folder")?.to_owned())
}

/// The loader stays where the program names it; everything else joins libc, whose folder this
/// distribution's loader searches without being told.
fn place(library: &Path, loader_folder: &Path) -> Result<String> {
    let name = library.file_name().context("a library has a name")?;
    let is_loader = name.to_string_lossy().starts_with("ld-");
    let path = if is_loader {
        library.to_owned()
    } else {
        loader_folder.join(name)
    };
    Ok(path.to_string_lossy().trim_start_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{parse, place};

    const PRINTED: &str = "\tlinux-vdso.so.1 (0x00007ffc)\n\
        \tlibduckdb.so => /somewhere/cache/libduckdb.so (0x00007f)\n\
        \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\
        \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";

    #[test]
    fn libraries_and_loader_are_found_and_the_kernels_page_is_not() {
        let wanted = [
            "/somewhere/cache/libduckdb.so",
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(parse(PRINTED).unwrap(), wanted.map(PathBuf::from));
    }

    #[test]
    fn a_missing_library_is_an_error_that_names_it() {
        let error = parse("\tlibduckdb.so => not found\n").unwrap_err();
        assert!(error.to_string().contains("libduckdb.so"));
    }

    #[test]
    fn no_folder_of_a_person_reaches_the_image() {
        let folder = Path::new("/lib/x86_64-linux-gnu");
        let place = place(Path::new("/somewhere/cache/libduckdb.so"), folder).unwrap();
        assert_eq!(place, "lib/x86_64-linux-gnu/libduckdb.so");
    }
}
