//! The limit on open files: each connection is a file, and the usual soft limit of 1,024 is soon
//! reached.

/// Raises the soft limit to the hard one and returns the limit now in force.
#[cfg(unix)]
pub fn raise() -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    if before != limit.maximum {
        limit.current = limit.maximum;
        // Some systems allow less than they claim; then the old limit stays.
        if setrlimit(Resource::Nofile, limit).is_err() {
            limit.current = before;
        }
    }
    limit.current.unwrap_or(u64::MAX)
}

/// Returns the limit in force: other systems have none.
#[cfg(not(unix))]
pub fn raise() -> u64 {
    u64::MAX
}
