//! Connections with as much traffic as they can carry, on blocking threads.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::job::ServerFigures;
use crate::plan::Plan;
use crate::process::Child;
use crate::sample::Sample;

/// How many bytes an end reads and writes at a time.
const CHUNK: usize = 256 * 1024;

const MEBIBYTE: u64 = 1024 * 1024;

/// How long an end tries to send or to receive before it gives up.
const TOO_LONG: Duration = Duration::from_secs(5);

/// The traffic. When this is dropped, the ends stop sending and read the bytes still in flight.
pub(crate) struct Flood {
    stop: Arc<AtomicBool>,
    arrived: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    /// Sends and receives at all of these ends.
    pub(crate) fn start(ends: Vec<TcpStream>) -> io::Result<Flood> {
        let mut flood = Flood {
            stop: Arc::default(),
            arrived: Arc::default(),
            threads: Vec::new(),
        };
        for mut reader in ends {
            reader.set_read_timeout(Some(TOO_LONG))?;
            reader.set_write_timeout(Some(TOO_LONG))?;
            let mut writer = reader.try_clone()?;
            let arrived = flood.arrived.clone();
            flood.threads.push(thread::spawn(move || {
                let mut buffer = vec![0; CHUNK];
                while let Ok(read @ 1..) = reader.read(&mut buffer) {
                    arrived.fetch_add(read as u64, Relaxed);
                }
            }));
            let stop = flood.stop.clone();
            flood.threads.push(thread::spawn(move || {
                let chunk = vec![7; CHUNK];
                while !stop.load(Relaxed) && writer.write_all(&chunk).is_ok() {}
                // This fails only if the connection is already closed.
                let _ = writer.shutdown(Shutdown::Write);
            }));
        }
        Ok(flood)
    }

    /// Measures the bytes that arrive, and the CPU time of the process that they pass through. One
    /// operation is a MiB.
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
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("neither direction panics");
        }
    }
}
