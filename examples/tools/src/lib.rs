//! What heist's tools (`echo`, `load`, `proxy`, `stall`) and its benchmarks share.
//!
//! A tool consists of its command line and its own work; code that two of them need is here.

pub mod descriptors;
pub mod echo;
pub mod pattern;
pub mod report;
pub mod schedule;
pub mod table;
pub mod units;
