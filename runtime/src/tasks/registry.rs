//! The registry of live tasks: shutdown ends all tasks in it, even if nothing else refers to them.
//!
//! Sharded, so that workers register and release tasks without contention. The thread that
//! completes a task releases it.
//!
//! Invariant: a registered task has one reference held here. Once a shard is closed nothing is
//! added to it, so shutdown misses no task.

use super::header::{Header, UNREGISTERED};
use super::reference::TaskRef;
use crate::sync::{Mutex, Rank};
use slab::Slab;

pub(crate) struct Registry {
    shards: Box<[Shard]>,
}

/// Aligned to avoid false sharing, since each worker keeps writing its own (128 bytes: two lines,
/// as adjacent lines are prefetched together).
#[repr(align(128))]
struct Shard(Mutex<Tasks>);

struct Tasks {
    live: Slab<TaskRef>,
    /// Tasks that were alive when the shard was closed and have yet to be ended.
    ending: Vec<TaskRef>,
    /// Number of tasks ever registered.
    spawned: u64,
    closed: bool,
}

impl Shard {
    fn next_to_end(&self) -> Option<TaskRef> {
        self.0.lock().ending.pop()
    }
}

impl Registry {
    pub(crate) fn new(shards: usize) -> Self {
        let shard = || {
            Shard(Mutex::ranked(
                Rank::Last,
                Tasks {
                    live: Slab::new(),
                    ending: Vec::new(),
                    spawned: 0,
                    closed: false,
                },
            ))
        };
        Self {
            shards: (0..shards).map(|_| shard()).collect(),
        }
    }

    /// Registers a new task. Returns the task as an error if the registry is closed.
    pub(crate) fn insert(&self, shard: usize, task: TaskRef) -> Result<(), TaskRef> {
        let mut tasks = self.shards[shard].0.lock();
        if tasks.closed {
            return Err(task);
        }
        let entry = tasks.live.vacant_entry();
        task.header().set_registry_key(pack(shard, entry.key()));
        entry.insert(task);
        tasks.spawned += 1;
        Ok(())
    }

    /// Removes a completed task. Returns `true` if it was registered; its reference is now the
    /// caller's to give up.
    pub(crate) fn release(&self, task: &Header) -> bool {
        if task.registry_key() == UNREGISTERED {
            return false;
        }
        let (shard, index) = unpack(task.registry_key());
        let mut tasks = self.shards[shard].0.lock();
        if tasks.closed {
            // `close` has taken every task out, with its reference.
            return false;
        }
        let task = tasks.live.remove(index);
        drop(tasks);
        task.into_raw();
        true
    }

    /// Closes the registry and ends every task in it. Tasks that a thread is polling right now end
    /// when that poll returns.
    ///
    /// Several threads may do so at once. None waits for another, since a task's destructor may
    /// wait for a task that is still here.
    pub(crate) fn close(&self) {
        for shard in &self.shards {
            let mut tasks = shard.0.lock();
            tasks.closed = true;
            let live = std::mem::take(&mut tasks.live);
            // `next_to_end` takes the last one first.
            tasks
                .ending
                .extend(live.into_iter().rev().map(|(_, task)| task));
        }
        for shard in &self.shards {
            while let Some(task) = shard.next_to_end() {
                task.shutdown();
            }
        }
    }

    /// Calls `f` with the task of this key, if there is one, under its shard's lock.
    pub(crate) fn with<R>(&self, key: u64, f: impl FnOnce(&Header) -> R) -> Option<R> {
        let (shard, index) = unpack(key);
        let tasks = self.shards.get(shard)?.0.lock();
        tasks.live.get(index).map(|task| f(task.header()))
    }

    /// Returns the number of tasks ever registered.
    pub(crate) fn spawned(&self) -> u64 {
        self.shards.iter().map(|shard| shard.0.lock().spawned).sum()
    }

    /// Returns the live tasks. The shards are not read at the same moment.
    pub(crate) fn list(&self) -> Vec<TaskRef> {
        let shards = self.shards.iter();
        let shards = shards.map(|shard| {
            let tasks = shard.0.lock();
            tasks
                .live
                .iter()
                .map(|(_, task)| task.clone())
                .collect::<Vec<_>>()
        });
        shards.collect::<Vec<_>>().concat()
    }

    /// Returns the number of live tasks. The shards are not read at the same moment.
    pub(crate) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.0.lock().live.len())
            .sum()
    }
}

/// A shard's tasks are bounded by memory at over a hundred bytes each, so 44 bits are plenty;
/// `Builder` limits the number of shards to what 20 bits can hold.
const INDEX_BITS: u32 = 44;

fn pack(shard: usize, index: usize) -> u64 {
    (shard as u64) << INDEX_BITS | index as u64
}

fn unpack(key: u64) -> (usize, usize) {
    (
        (key >> INDEX_BITS) as usize,
        (key & ((1 << INDEX_BITS) - 1)) as usize,
    )
}
