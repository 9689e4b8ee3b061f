//! Sizes the guest's stack. The parser recurses; at the caps of `lexical` it needs a good part of
//! this (`tests/caps.rs` goes there), and wasm-ld's default of 1 MiB would leave little to spare.

const STACK_BYTES: u32 = 8 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if target == "wasm32" {
        println!("cargo::rustc-cdylib-link-arg=-zstack-size={STACK_BYTES}");
    }
}
