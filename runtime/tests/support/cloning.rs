//! A waker whose first clone blocks.

use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{RawWaker, RawWakerVTable, Waker};

struct Block {
    blocks: mpsc::Sender<()>,
    until: Mutex<Option<mpsc::Receiver<()>>>,
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, drop_one, |_| {}, drop_one);

fn clone(data: *const ()) -> RawWaker {
    // SAFETY: from `waker`, and the caller's waker keeps its count.
    let block = unsafe { ManuallyDrop::new(Arc::from_raw(data.cast::<Block>())) };
    let until = block.until.lock().unwrap().take();
    if let Some(until) = until {
        block.blocks.send(()).unwrap();
        let _ = until.recv();
    }
    RawWaker::new(Arc::into_raw(Arc::clone(&block)).cast(), &TABLE)
}

fn drop_one(data: *const ()) {
    // SAFETY: from `waker` or `clone`, and this count is used up.
    drop(unsafe { Arc::from_raw(data.cast::<Block>()) });
}

/// Returns the waker, a receiver that reports that its clone blocks, and a sender that ends the
/// blocking when dropped.
pub(crate) fn waker() -> (Waker, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (blocks, blocked) = mpsc::channel();
    let (release, until) = mpsc::channel();
    let until = Mutex::new(Some(until));
    let data = Arc::into_raw(Arc::new(Block { blocks, until }));
    // SAFETY: the functions of the table are for this data, from any thread.
    let waker = unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) };
    (waker, blocked, release)
}
