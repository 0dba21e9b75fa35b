//! Idle copies hold no descriptors, and finished ones leave none behind. A binary of its own, since
//! it counts those of the whole process.
#![cfg(target_os = "linux")]

#[path = "support/copying.rs"]
mod copying;

use std::fs;
use std::io;
use std::time::Duration;

use copying::{Proxied, Text, read_text, write_text};
use futures_lite::future::zip;
use heist::runtime::Builder;

const WORKERS: usize = 2;
const CONNECTIONS: usize = 30;

/// Pipe ends that the threads that copied may keep: two pipes each.
const KEPT: usize = WORKERS * 2 * 2;

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn ends_of_pipes() -> usize {
    let links = fs::read_dir("/proc/self/fd").expect("/proc is there");
    links
        .filter_map(|link| fs::read_link(link.ok()?.path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("pipe:"))
        .count()
}

/// Sends enough to be spliced, in each direction.
async fn exchange(proxied: &Proxied) -> io::Result<()> {
    for (from, to) in [
        (&proxied.client, &proxied.server),
        (&proxied.server, &proxied.client),
    ] {
        let (mut sent, mut received) = (Text::new(1), Text::new(1));
        let write = write_text(from, &mut sent, 3 << 20);
        let read = read_text(to, &mut received, 3 << 20);
        let (written, read) = zip(write, read).await;
        written.and(read)?;
    }
    Ok(())
}

/// Sends all at once, while the receivers read one after the other, so that most copies hold a full
/// pipe for a while.
async fn lag_and_catch_up(all: Vec<Proxied>) -> io::Result<Vec<Proxied>> {
    const TOTAL: usize = 12 << 20;
    let mut caught_up = Vec::new();
    let mut lagging = Vec::new();
    for Proxied {
        client,
        server,
        copying,
    } in all
    {
        let writing = heist::spawn(async move {
            write_text(&client, &mut Text::new(2), TOTAL).await?;
            io::Result::Ok(client)
        });
        lagging.push((writing, server, copying));
    }
    for (writing, server, copying) in lagging {
        read_text(&server, &mut Text::new(2), TOTAL).await?;
        caught_up.push(Proxied {
            client: writing.await.unwrap()?,
            server,
            copying,
        });
    }
    Ok(caught_up)
}

#[test]
fn copies_hold_no_descriptors_at_rest_and_leave_none_behind() -> io::Result<()> {
    let (before, pipes_before) = (descriptors(), ends_of_pipes());
    let runtime = Builder::new()
        .worker_threads(WORKERS)
        .max_spare_workers(0)
        .build()?;
    let pipes_of_runtime = ends_of_pipes() - pipes_before;
    runtime.block_on(async {
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut proxied = Proxied::new().await?;
            exchange(&proxied).await?;
            proxied.round_trip().await?;
            all.push(proxied);
        }
        let all = lag_and_catch_up(all).await?;
        let pipes = ends_of_pipes() - pipes_before - pipes_of_runtime;
        assert!(pipes <= KEPT, "{pipes} ends of pipes");

        // Whatever ends them: both sides, a reset, or a drop with bytes in the pipe.
        for (n, proxied) in all.into_iter().enumerate() {
            match n % 3 {
                0 => {
                    let Proxied {
                        client,
                        server,
                        copying,
                    } = proxied;
                    drop((client, server));
                    copying.await.unwrap()?;
                }
                1 => {
                    let socket = socket2::SockRef::from(&proxied.client);
                    socket.set_linger(Some(Duration::ZERO))?;
                    drop(proxied.client);
                    let _ = proxied.copying.await.unwrap().unwrap_err();
                }
                _ => {
                    let client = proxied.client;
                    let mut text = Text::new(1);
                    let flood =
                        heist::spawn(
                            async move { write_text(&client, &mut text, usize::MAX).await },
                        );
                    read_text(&proxied.server, &mut Text::new(1), 2 << 20).await?;
                    proxied.copying.abort();
                    let _ = proxied.copying.await;
                    drop(proxied.server);
                    let _ = flood.await.unwrap().unwrap_err();
                }
            }
        }
        let pipes = ends_of_pipes() - pipes_before - pipes_of_runtime;
        assert!(pipes <= KEPT, "{pipes} ends of pipes");
        io::Result::Ok(())
    })?;
    drop(runtime);
    assert_eq!(descriptors(), before);
    Ok(())
}
