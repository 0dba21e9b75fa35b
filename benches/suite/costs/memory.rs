//! The memory of a task and of a connection while they wait.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use super::heap::Counting;
use crate::clock::resident;
use crate::echo;
use crate::job::{Job, Load, Loading, PAYLOAD, Pattern, Server, ServerFigures};
use crate::plan::Plan;
use crate::process::Child;
use crate::row::{Row, Unit};
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// Bytes of one task.
pub(super) struct Memory {
    pub(super) resident: f64,
    pub(super) heap: f64,
}

/// How many of the tasks have been polled, each once. Not stored in the tasks, since their size is
/// measured.
static POLLED: AtomicU64 = AtomicU64::new(0);

pub(super) fn pending<R: Runtime>(plan: &Plan) -> Memory {
    waiting::<R>(plan, || {
        R::detach(poll_fn(|_: &mut Context<'_>| {
            POLLED.fetch_add(1, Relaxed);
            Poll::Pending
        }));
    })
}

pub(super) fn sleeping<R: Runtime>(plan: &Plan) -> Memory {
    waiting::<R>(plan, || {
        R::detach(async {
            let mut sleep = pin!(R::sleep(Duration::from_secs(3_600)));
            poll_fn(|cx| {
                POLLED.fetch_add(1, Relaxed);
                sleep.as_mut().poll(cx).map(drop)
            })
            .await;
        });
    })
}

fn waiting<R: Runtime>(plan: &Plan, spawn: fn()) -> Memory {
    let tasks: u32 = plan.pick(1_000_000, 200_000, 1_000);
    R::start(plan.workers).block_on(async {
        // The allocations made once, by the first tasks, are not counted.
        R::spawn(async { R::sleep(Duration::from_millis(1)).await }).await;
        R::spawn(async move {
            let counting = Counting::start();
            let before = resident().expect("Linux reports it");
            for _ in 0..tasks {
                spawn();
            }
            while POLLED.load(Relaxed) < tasks.into() {
                R::yield_now().await;
            }
            let after = resident().expect("Linux reports it");
            Memory {
                resident: after.saturating_sub(before) as f64 / f64::from(tasks),
                heap: counting.bytes() as f64 / f64::from(tasks),
            }
        })
        .await
    })
}

pub(super) fn idle_connection() -> Row {
    super::row(
        "idle_connection",
        "resident memory of an echo server with a buffer of 64 bytes for each connection, after a \
         request on each of 4,096",
        Unit::Bytes,
        u32::MAX,
        Box::new(|contender, plan| {
            let connections = plan.pick(4_096, 4_096, 64);
            let server = Server::new(contender, plan).with_buffer(PAYLOAD);
            let (mut server, address) = echo::run::start(server)?;
            let open = |connections| -> io::Result<Child> {
                let load = echo::run::load(address.clone(), connections, Pattern::Closed, plan);
                let mut client = Child::start(&Job::Client(Load {
                    requests: 1,
                    ..load
                }))?;
                let Loading = client.read()?;
                Ok(client)
            };
            // One before the others, so that allocations made for the first connection are not
            // counted.
            let first = open(1)?;
            let before = figures(&mut server)?.resident;
            let clients = open(connections)?;
            let after = figures(&mut server)?.resident;
            clients.finish()?;
            first.finish()?;
            server.finish()?;
            let grown = after.saturating_sub(before) as f64;
            Ok(Sample::counted(grown / connections as f64))
        }),
    )
}

fn figures(server: &mut Child) -> io::Result<ServerFigures> {
    server.ask()?;
    server.read()
}
