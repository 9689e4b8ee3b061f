//! Tells the loader where DuckDB's library lies, so that the runner starts with an empty environment: beside
//! the binary, or in `lib/` there or next to its folder. In a checkout that `lib` holds a link to the library
//! that was linked against: the program itself names no folder of the machine that built it, and is the
//! same in an image.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let (own_folder, library) = match system.as_str() {
        "linux" => ("$ORIGIN", "libduckdb.so"),
        "macos" => ("@executable_path", "libduckdb.dylib"),
        _ => return,
    };
    for folder in [
        own_folder,
        &format!("{own_folder}/lib"),
        &format!("{own_folder}/../lib"),
    ] {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{folder}");
    }
    if system == "linux" {
        println!("cargo::rustc-link-arg-bins=-Wl,--enable-new-dtags");
    }
    #[cfg(unix)]
    if let Some(directory) = std::env::var_os("DUCKDB_LIB_DIR") {
        let library = std::path::Path::new(&directory).join(library);
        link_beside_the_programs(&library).expect("the library can't be linked to beside the programs");
    }
}

#[cfg(unix)]
fn link_beside_the_programs(library: &std::path::Path) -> std::io::Result<()> {
    let library = std::path::absolute(library)?;
    let name = library.file_name().expect("it was joined to a folder");
    // target/PROFILE/build/PACKAGE/out
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let build = out.ancestors().find(|folder| folder.ends_with("build"));
    let programs = build.and_then(std::path::Path::parent).expect("cargo's folders");
    let folder = programs.join("lib");
    if folder.is_symlink() {
        // What is put into it would land in somebody else's folder.
        std::fs::remove_file(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let link = folder.join(name);
    // A link that somebody removed is made again.
    println!("cargo::rerun-if-changed={}", link.display());
    if std::fs::read_link(&link).is_ok_and(|found| found == library) {
        return Ok(());
    }
    // Renamed, so that a program that starts meanwhile finds one or the other.
    let new = out.join(name);
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(&library, &new)?;
    std::fs::rename(&new, &link)
}
