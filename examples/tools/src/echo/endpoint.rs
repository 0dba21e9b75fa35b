//! The address of an echo service, as given on the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a service, not yet resolved.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// `HOST:PORT`, or `tcp://HOST:PORT`.
    Tcp(String),
    /// `unix:PATH`.
    Unix(PathBuf),
    /// `udp://HOST:PORT`.
    Udp(String),
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(s: &str) -> Result<Endpoint, String> {
        if let Some(path) = s.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err("expected a path after unix:, for example unix:/run/echo.sock".into()),
                path => Ok(Endpoint::Unix(path.into())),
            };
        }
        match s.strip_prefix("udp://") {
            Some(address) => Ok(Endpoint::Udp(host_and_port(address)?)),
            None => {
                let address = s.strip_prefix("tcp://").unwrap_or(s);
                Ok(Endpoint::Tcp(host_and_port(address)?))
            }
        }
    }
}

fn host_and_port(s: &str) -> Result<String, String> {
    match s.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(s.to_owned()),
        _ => Err(
            "expected HOST:PORT, unix:PATH or udp://HOST:PORT, for example 127.0.0.1:7000 or \
             udp://[::1]:7000"
                .to_owned(),
        ),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Tcp(address) => f.write_str(address),
            Endpoint::Unix(path) => write!(f, "unix:{}", path.display()),
            Endpoint::Udp(address) => write!(f, "udp://{address}"),
        }
    }
}
