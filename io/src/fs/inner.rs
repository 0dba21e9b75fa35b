//! A file's buffer, and the job that holds it.
//!
//! Invariant: at most one job at a time moves the file's position, and that job holds the buffer.

use crate::buffer::Buffer;
use crate::poll::Destination;
use crate::pool::{lost_job, start, start_mandatory};
use heist_runtime::task::JoinHandle;
use std::fs::File;
use std::future::Future;
use std::io::{self, IoSlice, Seek, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

pub(super) struct Inner {
    state: State,
    /// The error of a write that no operation has returned yet.
    write_error: Option<io::Error>,
    /// The position after the last requested seek. Reads and writes do not change it.
    position: u64,
    /// How many bytes were read ahead and forgotten: the file's position is behind them. Each job
    /// moves it back first, so this is 0 once one has run.
    forgotten: i64,
    /// The seek in progress.
    pub(super) seeking: Option<SeekFrom>,
}

enum State {
    /// The buffer holds bytes read ahead: the file's position is behind them.
    Idle(Buffer),
    Busy(JoinHandle<(Done, Buffer)>),
}

/// What a job has done, and its result.
enum Done {
    Read(io::Result<()>),
    Write(io::Result<()>),
    Seek(io::Result<u64>),
    /// The job reports to the caller itself.
    SetLen,
    /// The job did not finish.
    Lost(io::Error),
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            state: State::Idle(Buffer::default()),
            write_error: None,
            position: 0,
            forgotten: 0,
            seeking: None,
        }
    }
}

/// Whether the job must run even if the runtime ends.
#[derive(Clone, Copy)]
enum Mandatory {
    No,
    Yes,
}

impl Inner {
    /// Starts a job, unless one is in progress; then returns `None`. The job gets how far it has to
    /// move the file's position first.
    fn start(
        &mut self,
        mandatory: Mandatory,
        job: impl FnOnce(&mut Buffer, i64) -> Done + Send + 'static,
    ) -> Option<io::Result<()>> {
        let State::Idle(buffer) = &mut self.state else {
            return None;
        };
        let mut buffer = std::mem::take(buffer);
        let back = -self.forgotten;
        let job = move || (job(&mut buffer, back), buffer);
        let started = match mandatory {
            Mandatory::No => start(job),
            Mandatory::Yes => start_mandatory(job),
        };
        Some(started.map(|handle| self.state = State::Busy(handle)))
    }

    /// Whether the job has ended already.
    fn is_over(&self) -> bool {
        matches!(&self.state, State::Busy(job) if job.is_finished())
    }

    /// Waits for the job. `None` if there is none.
    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Option<Done>> {
        let State::Busy(job) = &mut self.state else {
            return Poll::Ready(None);
        };
        let result = ready!(Pin::new(job).poll(cx));
        self.seeking = None;
        let (done, buffer) = match result {
            Ok(done) => {
                self.forgotten = 0;
                done
            }
            Err(error) => (Done::Lost(lost_job(error)), Buffer::default()),
        };
        self.state = State::Idle(buffer);
        if let Done::Seek(Ok(position)) = done {
            self.position = position;
        }
        Poll::Ready(Some(done))
    }

    /// Waits for the job, whatever it is. The next write or flush returns a write's error.
    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(Done::Write(Err(error)) | Done::Lost(error)) = ready!(self.poll_done(cx)) {
            self.write_error = Some(error);
        }
        Poll::Ready(())
    }

    /// Drops the bytes read ahead. The next job moves the file's position back accordingly.
    fn forget_read(&mut self) {
        if let State::Idle(buffer) = &mut self.state {
            self.forgotten += buffer.len() as i64;
            buffer.clear();
        }
    }

    pub(super) fn poll_read(
        &mut self,
        std: &Arc<File>,
        max: usize,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.state {
                State::Idle(buffer) if !buffer.is_empty() || into.room() == 0 => {
                    buffer.take_into(into);
                    return Poll::Ready(Ok(()));
                }
                State::Idle(_) => {
                    let (std, max) = (std.clone(), max.min(into.room()));
                    let read = move |buffer: &mut Buffer, back| {
                        let at_place = move_back(&std, back);
                        Done::Read(at_place.and_then(|()| buffer.read_from(&mut &*std, max)))
                    };
                    self.start(Mandatory::No, read).transpose()?;
                }
                State::Busy(_) => match ready!(self.poll_done(cx)) {
                    Some(Done::Read(read)) => {
                        read?;
                        if let State::Idle(buffer) = &mut self.state {
                            buffer.take_into(into);
                        }
                        return Poll::Ready(Ok(()));
                    }
                    Some(Done::Write(Err(error))) => self.write_error = Some(error),
                    Some(Done::Lost(error)) => return Poll::Ready(Err(error)),
                    _ => {}
                },
            }
        }
    }

    pub(super) fn poll_write(
        &mut self,
        std: &Arc<File>,
        max: usize,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(error) = self.write_error.take() {
            return Poll::Ready(Err(error));
        }
        match ready!(self.poll_done(cx)) {
            Some(Done::Write(written)) => written?,
            Some(Done::Lost(error)) => return Poll::Ready(Err(error)),
            _ => {}
        }
        self.forget_read();
        let State::Idle(buffer) = &mut self.state else {
            unreachable!("no job is in progress");
        };
        let len = buffer.fill(bufs, max);
        let std = std.clone();
        let write = move |buffer: &mut Buffer, back| {
            let at_place = move_back(&std, back);
            Done::Write(at_place.and_then(|()| buffer.write_to(&mut &*std)))
        };
        self.start(Mandatory::Yes, write).transpose()?;
        if self.is_over() {
            match self.poll_done(cx) {
                // It will never be written: the runtime has ended.
                Poll::Ready(Some(Done::Lost(error))) => return Poll::Ready(Err(error)),
                // As if the job had taken longer: the flush returns the error.
                Poll::Ready(Some(Done::Write(Err(error)))) => self.write_error = Some(error),
                _ => {}
            }
        }
        Poll::Ready(Ok(len))
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.write_error.take() {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(match ready!(self.poll_done(cx)) {
            Some(Done::Write(written)) => written,
            Some(Done::Lost(error)) => Err(error),
            _ => Ok(()),
        })
    }

    pub(super) fn start_seek(&mut self, std: &Arc<File>, position: SeekFrom) -> io::Result<()> {
        self.forget_read();
        let std = std.clone();
        let started = self.start(Mandatory::No, move |_, back| {
            Done::Seek(match position {
                // As one seek, so that it fails as a whole.
                SeekFrom::Current(offset) => match offset.checked_add(back) {
                    Some(offset) => (&*std).seek(SeekFrom::Current(offset)),
                    None => move_back(&std, back).and_then(|()| (&*std).seek(position)),
                },
                _ => (&*std).seek(position),
            })
        });
        let text = "other file operation is pending, call poll_complete before start_seek";
        started.unwrap_or_else(|| Err(io::Error::other(text)))?;
        self.seeking = Some(position);
        Ok(())
    }

    pub(super) fn poll_position(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(match ready!(self.poll_done(cx)) {
            Some(Done::Seek(result)) => result,
            Some(Done::Lost(error)) => Err(error),
            done => {
                if let Some(Done::Write(Err(error))) = done {
                    self.write_error = Some(error);
                }
                Ok(self.position)
            }
        })
    }

    /// Starts a job that sets the length and passes the result to `tell`. `None` if another job is
    /// in progress.
    pub(super) fn start_set_len(
        &mut self,
        std: &Arc<File>,
        len: u64,
        tell: impl FnOnce(io::Result<()>) + Send + 'static,
    ) -> Option<io::Result<()>> {
        self.forget_read();
        let std = std.clone();
        self.start(Mandatory::No, move |_, back| {
            tell(move_back(&std, back).and_then(|()| std.set_len(len)));
            Done::SetLen
        })
    }
}

fn move_back(mut std: &File, back: i64) -> io::Result<()> {
    if back != 0 {
        std.seek(SeekFrom::Current(back))?;
    }
    Ok(())
}
