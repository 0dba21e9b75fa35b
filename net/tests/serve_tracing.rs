//! Failures of a server's connections are reported to the program's `tracing` subscriber.
//!
//! Only one test: the subscriber is process-wide.

use std::fmt::{Debug, Write};
use std::io;
use std::sync::mpsc::{self, Sender};

use heist::net::{TcpListener, TcpStream, serve};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// An event as text: its level, then name and value of each field.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

struct Events(Sender<String>);

impl Subscriber for Events {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().level().to_string());
        event.record(&mut text);
        _ = self.0.send(text.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[heist::test]
async fn failures_of_connections_are_events_with_the_peer() -> io::Result<()> {
    let (sender, events) = mpsc::channel();
    tracing::subscriber::set_global_default(Events(sender)).expect("there is no other");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let peer = client.local_addr()?;
    serve(listener, |_: TcpStream, _| async {
        Err::<(), _>("not today")
    })
    .until(client.read(&mut [0]))
    .await?;
    let event = events.try_iter().find(|event| event.contains("not today"));
    let event = event.expect("the failure is told");
    assert!(event.starts_with("ERROR"), "{event}");
    assert!(event.contains(&format!(" peer={peer}")), "{event}");
    Ok(())
}
