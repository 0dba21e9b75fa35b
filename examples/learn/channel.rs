//! Tasks that send each other messages: several producers, one consumer, a bounded channel.
//!
//! ```sh
//! cargo run --example channel
//! ```
//!
//! The bound keeps producers from running ahead: `send` waits while the channel is full. When the
//! last sender is dropped, `recv` returns `None`, and the consumer ends.

use heist::sync::{mpsc, oneshot};

/// A number to square, and the channel for the reply.
struct Request {
    number: u64,
    reply: oneshot::Sender<u64>,
}

/// Answers requests until all senders are dropped. Its own state (here a count) needs no lock.
async fn squarer(mut requests: mpsc::Receiver<Request>) -> usize {
    let mut answered = 0;
    while let Some(Request { number, reply }) = requests.recv().await {
        // The receiver of the reply may have given up, which is not an error here.
        let _ = reply.send(number * number);
        answered += 1;
    }
    answered
}

/// Requests the squares of a range of numbers and adds them up.
async fn sum_of_squares(range: std::ops::Range<u64>, squarer: mpsc::Sender<Request>) -> u64 {
    let mut sum = 0;
    for number in range {
        let (reply, answer) = oneshot::channel();
        let request = Request { number, reply };
        squarer.send(request).await.expect("the squarer runs");
        sum += answer.await.expect("the squarer answers");
    }
    sum
}

#[heist::main]
async fn main() {
    let (sender, receiver) = mpsc::channel(8);
    let squarer = heist::spawn(squarer(receiver));

    let low = heist::spawn(sum_of_squares(0..50, sender.clone()));
    let high = heist::spawn(sum_of_squares(50..100, sender));

    let sum = low.await.unwrap() + high.await.unwrap();
    println!("the squares of all numbers below 100 add up to {sum}");
    println!("{} requests were answered", squarer.await.unwrap());
}
