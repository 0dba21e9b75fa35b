//! Tells the tests that they run beside a real tokio.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(beside)");
    println!("cargo::rustc-cfg=beside");
}
