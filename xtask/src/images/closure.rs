//! Which files a dynamically linked program needs: itself, the loader, and what `ldd` lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::setup::duckdb::DuckDb;

/// A file of the image: where it will lie (without the first slash), and its contents.
pub struct ImageFile {
    pub path: String,
    pub contents: Vec<u8>,
}

/// The runner is found by the image's entry point, its libraries where the loader looks by itself.
pub fn files_of(runner: &Path, duckdb: &DuckDb) -> Result<Vec<ImageFile>> {
    let mut ldd = Command::new("ldd");
    duckdb.apply(&mut ldd);
    let printed = process::capture(ldd.arg(runner)).context("an image can only be made on Linux with ldd")?;
    let libraries = parse(&printed)?;
    let loader_folder = folder_of_libc(&libraries)?;
    let mut files = vec![ImageFile {
        path: "runner-native".to_owned(),
        contents: fs::read(runner)?,
    }];
    for library in libraries {
        let contents = fs::read(&library).with_context(|| format!("cannot read {}", library.display()))?;
        files.push(ImageFile {
            path: place(&library, &loader_folder)?,
            contents,
        });
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)` and `/lib64/ld-linux-x86-64.so.2 (0x...)`.
fn parse(printed: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for line in printed.lines() {
        if line.contains("not found") {
            bail!("a library of the runner is missing: {}", line.trim());
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
        .context("the runner does not use the system's C library")?;
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
