//! Which workers count as asleep, and in which order they are woken.

use super::{Sleepers, WakePoller};
use std::cell::Cell;

#[test]
fn of_the_spare_workers_only_those_that_were_called_may_be_woken_for_work() {
    let sleepers = Sleepers::new(2, 200);
    assert!(!sleepers.any_asleep(), "spare workers that rest");
    assert_eq!(sleepers.awake_regulars(), 2);
    for spare in [2, 150, 201] {
        assert!(sleepers.set_called(spare, true));
        assert!(!sleepers.set_called(spare, true), "has been called already");
        assert!(sleepers.any_asleep());
        assert!(sleepers.set_called(spare, false));
        assert!(!sleepers.set_called(spare, false), "rests already");
        assert!(!sleepers.any_asleep(), "it rests again");
    }
    sleepers.announce(1);
    assert!(sleepers.any_asleep());
    assert_eq!(sleepers.awake_regulars(), 1);
}

#[test]
fn the_leader_is_woken_after_all_others() {
    struct Poller<'a> {
        sleepers: &'a Sleepers,
        wakes: Cell<u32>,
    }
    impl WakePoller for Poller<'_> {
        fn wake_poller(&self) {
            self.wakes.set(self.wakes.get() + 1);
            let may_block = self.sleepers.parker(1).begin_lead();
            assert!(!may_block, "the other worker has been woken by now");
        }
    }
    let sleepers = &Sleepers::new(2, 0);
    let wakes = Cell::new(0);
    let poller = Poller { sleepers, wakes };
    sleepers.lead(0, || sleepers.unpark_all(2, &poller));
    assert_eq!(poller.wakes.get(), 1);
}
