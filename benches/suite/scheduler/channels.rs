//! Messages through bounded channels: many senders and one receiver, a chain of tasks that forward
//! their messages, and pairs of tasks that answer each other.

use async_channel::{Receiver, Sender, bounded};

use crate::runtimes::Runtime;

/// The capacity of a channel.
const ROOM: usize = 100;

pub(super) async fn fan_in<R: Runtime>(senders: u64, each: u64) {
    let (sender, receiver) = bounded(ROOM);
    for _ in 0..senders {
        R::detach(send(each, sender.clone()));
    }
    drop(sender);
    let sum = R::spawn(add_up(receiver)).await;
    assert_eq!(sum, senders * each * (each - 1) / 2);
}

pub(super) async fn chain<R: Runtime>(stages: u64, messages: u64) {
    let (first, mut last) = bounded(ROOM);
    R::detach(send(messages, first));
    for _ in 0..stages {
        let (next, output) = bounded(ROOM);
        R::detach(pass_on(last, next));
        last = output;
    }
    let sum = R::spawn(add_up(last)).await;
    assert_eq!(sum, messages * (messages - 1) / 2);
}

pub(super) async fn pairs<R: Runtime>(pairs: u64, rounds: u64) {
    let pairs: Vec<_> = (0..pairs)
        .map(|_| {
            let (question, asked) = bounded(1);
            let (answer, answered) = bounded(1);
            R::detach(pass_on(asked, answer));
            R::spawn(async move {
                for i in 0..rounds {
                    question.send(i).await.expect("the other task answers");
                    assert_eq!(answered.recv().await, Ok(i));
                }
            })
        })
        .collect();
    for pair in pairs {
        pair.await;
    }
}

async fn send(count: u64, to: Sender<u64>) {
    for i in 0..count {
        to.send(i).await.expect("the receiver takes all");
    }
}

async fn pass_on(from: Receiver<u64>, to: Sender<u64>) {
    while let Ok(message) = from.recv().await {
        to.send(message).await.expect("the receiver takes all");
    }
}

async fn add_up(from: Receiver<u64>) -> u64 {
    let mut sum = 0;
    while let Ok(message) = from.recv().await {
        sum += message;
    }
    sum
}
