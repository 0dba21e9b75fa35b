//! What heist's tools (`echo`, `load`, `proxy`, `stall`) and its benchmarks share.
//!
//! A tool is a command line and its own work; whatever two of them do is here, once.

pub mod descriptors;
pub mod echo;
pub mod pattern;
pub mod report;
pub mod schedule;
pub mod table;
pub mod units;
