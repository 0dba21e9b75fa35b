//! How the server ends: gracefully at the first SIGINT or SIGTERM, immediately at the second.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use heist::signal::Shutdown;
use heist_tools::echo::{Ending, Totals};
use indicatif::{ProgressBar, ProgressStyle};

/// How often the countdown is redrawn.
const REDRAW: Duration = Duration::from_millis(100);

/// Waits for the signals and passes them on to the server.
pub(crate) async fn on_signals(
    shutdown: Shutdown,
    ending: Ending,
    totals: Arc<Totals>,
) -> io::Result<()> {
    let mut request = shutdown.await?;
    ending.stop.cancel();
    let open = totals.open.load(Relaxed);
    if open > 0 {
        let (signal, drain) = (request.signal(), ending.drain);
        say(format_args!(
            "\n{signal}: open connections: {open}; they have {drain:?} to end, a second signal cuts them off"
        ));
    }
    // Redrawn until the server, and with it the program, has ended.
    heist::spawn(count_down(ending.drain, totals));
    request.now().await;
    ending.cut.cancel();
    Ok(())
}

/// Shows the countdown; shows nothing if standard error is not a terminal.
async fn count_down(drain: Duration, totals: Arc<Totals>) {
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid");
    let line = ProgressBar::new_spinner().with_style(style);
    let end = Instant::now() + drain;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let open = totals.open.load(Relaxed);
        line.set_message(format!(
            "{:.1} s left, {open} connections open",
            left.as_secs_f64()
        ));
        line.tick();
        heist::time::sleep(REDRAW).await;
    }
}

/// Prints a line. A closed standard output is no reason to stop serving.
pub(crate) fn say(line: impl Display) {
    _ = writeln!(io::stdout(), "{line}");
}
