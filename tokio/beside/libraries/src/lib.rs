//! Tests only: those of `tokio/patched`, by `tests` in `Cargo.toml`.
