//! Copying between real sockets of the loopback interface, and from files.

mod any_stream;
mod backpressure;
#[path = "../common/copying.rs"]
mod copying;
mod ends;
#[cfg(target_os = "linux")]
mod fallback;
mod sendfile;
mod whole;
