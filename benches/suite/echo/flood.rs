//! Connections that carry as much as they can, on blocking threads.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::ServerFigures;
use crate::job::{Plan, Sample};
use crate::process::Child;

/// As much as an end reads and writes at a time.
const CHUNK: usize = 256 * 1024;

const MEBIBYTE: u64 = 1024 * 1024;

/// The traffic. It ends when this is dropped.
pub(crate) struct Flood {
    ends: Vec<TcpStream>,
    arrived: Arc<AtomicU64>,
}

impl Flood {
    /// Sends and receives at all of these ends.
    pub(crate) fn start(ends: Vec<TcpStream>) -> io::Result<Flood> {
        let arrived = Arc::new(AtomicU64::new(0));
        for end in &ends {
            let (mut reader, mut writer) = (end.try_clone()?, end.try_clone()?);
            let count = arrived.clone();
            // Both leave when the connection is shut down.
            thread::spawn(move || {
                let mut buffer = vec![0; CHUNK];
                while let Ok(read @ 1..) = reader.read(&mut buffer) {
                    count.fetch_add(read as u64, Relaxed);
                }
            });
            thread::spawn(move || {
                let chunk = vec![7; CHUNK];
                while writer.write_all(&chunk).is_ok() {}
            });
        }
        Ok(Flood { ends, arrived })
    }

    /// Measures what arrives, and the CPU time of the process it goes through. An operation is
    /// a MiB.
    pub(crate) fn sample(self, mut through: Child, plan: &Plan) -> io::Result<Sample> {
        thread::sleep(plan.warm_up_server());
        let (start, at_start, cpu_at_start) = self.figures(&mut through)?;
        thread::sleep(plan.measure_server());
        let (end, at_end, cpu_at_end) = self.figures(&mut through)?;
        drop(self);
        through.finish()?;
        match (end - start) / MEBIBYTE {
            0 => Err(io::Error::other("not one MiB arrived")),
            mebibytes => Ok(Sample::timed(
                mebibytes,
                at_end - at_start,
                cpu_at_end - cpu_at_start,
            )),
        }
    }

    fn figures(&self, through: &mut Child) -> io::Result<(u64, Instant, Duration)> {
        through.ask()?;
        let (arrived, at) = (self.arrived.load(Relaxed), Instant::now());
        let ServerFigures { cpu, .. } = through.read()?;
        Ok((arrived, at, cpu))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        for end in &self.ends {
            // It fails only if the connection is down already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
