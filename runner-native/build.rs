//! Tells the loader where `libduckdb.so` lies, so that the runner starts with an empty environment: beside
//! the binary, or in `lib/` there or next to its folder. In a checkout that `lib` is a link to where the
//! library was linked from: the program itself names no folder of the machine that built it, and is the
//! same in an image.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-Wl,-rpath,$ORIGIN:$ORIGIN/lib:$ORIGIN/../lib");
    println!("cargo::rustc-link-arg-bins=-Wl,--enable-new-dtags");
    #[cfg(unix)]
    if let Some(directory) = std::env::var_os("DUCKDB_LIB_DIR") {
        link_beside_the_programs(std::path::Path::new(&directory)).expect("the library can't be linked to");
    }
}

#[cfg(unix)]
fn link_beside_the_programs(directory: &std::path::Path) -> std::io::Result<()> {
    // target/PROFILE/build/PACKAGE/out
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let programs = out.ancestors().nth(3).expect("cargo's folders are that deep");
    let link = programs.join("lib");
    println!("cargo::rerun-if-changed={}", link.display());
    if std::fs::read_link(&link).is_ok_and(|found| found == directory) {
        return Ok(());
    }
    // Renamed, so that a program that starts meanwhile finds one or the other.
    let new = out.join("lib");
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(directory, &new)?;
    std::fs::rename(&new, &link)
}
