//! Which workers count as asleep.

use super::Sleepers;

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
