//! Stalls are reported to the program's `tracing` subscriber.
//!
//! One test, since the subscriber belongs to the whole process.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use heist_runtime::{Builder, task};
use support::bounded;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The fields of an event, as texts.
#[derive(Default, Debug)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// Forwards warnings. It blocks while its lock is held, as a log file may.
struct Warnings {
    to: Sender<Fields>,
    log: Arc<Mutex<()>>,
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let _log = self.log.lock();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let _ = self.to.send(fields);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Returns the next report of this task.
fn report(reports: &Receiver<Fields>, task: task::Id) -> HashMap<&'static str, String> {
    let id = task.to_string();
    loop {
        let Fields(fields) = reports.recv().unwrap();
        if fields.get("task.id") == Some(&id) {
            return fields;
        }
    }
}

#[test]
fn stalls_are_reported_during_and_after_them() {
    let (to, reports) = mpsc::channel();
    let log = Arc::new(Mutex::new(()));
    let subscriber = Warnings {
        to,
        log: log.clone(),
    };
    tracing::subscriber::set_global_default(subscriber).unwrap();
    bounded(move || {
        let rt = Builder::new()
            .worker_threads(1)
            .name("web")
            .build()
            .unwrap();
        let (release, released) = mpsc::channel::<()>();
        let body = async move {
            let _ = released.recv();
        };
        let builder = task::Builder::new().name("blocker");
        let task = builder.spawn_on(body, rt.handle()).unwrap();
        // It does not end within the test's view.
        let fields = report(&reports, task.id());
        assert_eq!(fields["runtime.name"], "\"web\"");
        assert_eq!(fields["task.name"], "\"blocker\"");
        assert!(fields["task.location"].contains(file!()), "{fields:?}");
        assert_eq!(fields["is_ongoing"], "true");
        assert_eq!(fields["suppressed"], "0");
        assert!(fields["worker"].parse::<usize>().is_ok(), "{fields:?}");
        assert!(fields["duration"].ends_with('s'), "{fields:?}");
        assert!(fields["message"].contains("has kept"), "{fields:?}");
        let mut others = reports.try_iter();
        let again = others.find(|fields| fields.0.get("task.id") == Some(&task.id().to_string()));
        assert!(again.is_none(), "{again:?}");

        drop(release);
        let fields = report(&reports, task.id());
        assert_eq!(fields["is_ongoing"], "false");
        rt.block_on(task).unwrap();

        // A task that blocks with the log locked holds up its reports, and nothing else.
        let (locked, lock) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let task = rt.spawn(async move {
            let _log = log.lock();
            locked.send(()).unwrap();
            let _ = released.recv();
        });
        lock.recv().unwrap();
        // Until it must be reported.
        thread::sleep(Duration::from_millis(150));
        let blockers: Vec<_> = (0..3)
            .map(|_| {
                let (release, released) = mpsc::channel::<()>();
                let task = rt.spawn(async move { released.recv().is_err() });
                (release, task)
            })
            .collect();
        rt.block_on(rt.spawn(async {})).unwrap();
        for (release, task) in blockers {
            drop(release);
            assert!(rt.block_on(task).unwrap());
        }
        drop(release);
        report(&reports, task.id());
        rt.block_on(task).unwrap();
    });
}
