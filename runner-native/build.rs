//! Tells the loader where `libduckdb.so` lies, so that the runner starts with an empty environment:
//! beside the binary, in `lib/` next to its folder, or (in a checkout) where it was linked from.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,$ORIGIN:$ORIGIN/lib:$ORIGIN/../lib");
        println!("cargo::rustc-link-arg-bins=-Wl,--enable-new-dtags");
    }
    // What is given to others names no folder of the machine that built it.
    println!("cargo::rerun-if-env-changed=CSV_ANALYST_PORTABLE");
    if std::env::var_os("CSV_ANALYST_PORTABLE").is_some() {
        return;
    }
    if let Ok(directory) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{directory}");
    }
}
