//! Contains only tests: those of `tokio/patched`, included by `tests` in `Cargo.toml`.
