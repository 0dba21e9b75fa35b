//! The counterpart of `trace` in a program that is not built for `tokio-console`: nothing is
//! wrapped.

pub(crate) const TASK: &str = "";
pub(crate) const LOCAL: &str = "";
pub(crate) const BLOCK_ON: &str = "";

#[inline(always)]
pub(crate) fn task<F>(future: F, _kind: &str, _name: Option<&str>) -> F {
    future
}

#[inline(always)]
pub(crate) fn blocking<F>(f: F, _name: Option<&str>) -> F {
    f
}
