//! Copying between real sockets of the loopback interface, and from files.

mod any_stream;
mod backpressure;
#[path = "../support/copying.rs"]
mod copying;
mod ends;
#[cfg(target_os = "linux")]
mod fallback;
mod sendfile;
#[cfg(unix)]
mod unix;
mod whole;
