//! `DelayQueue`: values in the order of their deadlines.

use super::runtime;
use heist_runtime::time::{DelayQueue, Duration, Instant};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn values_come_in_the_order_of_their_deadlines() {
    runtime(1).block_on(async {
        let mut queue = DelayQueue::new();
        let now = Instant::now();
        let ms = Duration::from_millis;
        queue.insert_at("third", now + ms(3));
        queue.insert_at("first", now + ms(1));
        queue.insert_at("first, inserted later", now + ms(1));
        let removed = queue.insert_at("never", now + ms(2));
        let put_off = queue.insert_at("put off", now);
        queue.reset_at(&put_off, now + ms(4));
        assert_eq!(queue.remove(&removed).into_inner(), "never");
        assert_eq!(queue.deadline(&put_off), now + ms(4));

        let mut order = Vec::new();
        while let Some(expired) = queue.next_expired().await {
            assert!(Instant::now() >= expired.deadline());
            order.push(expired.into_inner());
        }
        assert_eq!(
            order,
            ["first", "first, inserted later", "third", "put off"]
        );
        assert!(queue.is_empty());
    });
}

#[test]
fn an_earlier_deadline_wakes_the_waiting_task() {
    runtime(1).block_on(async {
        let mut queue = DelayQueue::new();
        queue.insert("late", LONG);
        assert!(is_pending(&mut queue).await);
        // Without a wake it would wait for the late one.
        let mut inserted = false;
        let first = poll_fn(|cx| {
            let polled = queue.poll_expired(cx);
            if !inserted {
                inserted = true;
                queue.insert("early", Duration::ZERO);
            }
            polled
        });
        assert_eq!(first.await.unwrap().into_inner(), "early");

        // The removal of the last one wakes too.
        let last = queue.peek().unwrap();
        let mut removed = false;
        let ended = poll_fn(|cx| {
            let polled = queue.poll_expired(cx);
            if !removed {
                removed = true;
                queue.remove(&last);
            }
            polled
        });
        assert!(ended.await.is_none());
    });
}

#[test]
fn the_key_of_a_value_that_left_is_not_that_of_the_next() {
    let mut queue = DelayQueue::new();
    let gone = queue.insert("gone", LONG);
    assert_eq!(queue.remove(&gone).into_inner(), "gone");
    let next = queue.insert("next", LONG);
    assert!(!queue.contains(&gone) && queue.contains(&next));
    assert!(queue.try_remove(&gone).is_none());
    assert_eq!(queue.len(), 1);
}

async fn is_pending(queue: &mut DelayQueue<&str>) -> bool {
    let mut next = pin!(queue.next_expired());
    poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx).is_pending())).await
}
