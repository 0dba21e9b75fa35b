//! All rows.

use crate::row::{Group, Row};
use crate::{costs, echo, loops, proxy};

/// Returns the rows whose names contain one of the filters; all if there is no filter.
pub(crate) fn named(filters: &[String]) -> Vec<Row> {
    let mut rows = loops::rows();
    rows.extend(echo::rows());
    rows.extend(proxy::rows());
    rows.extend(costs::rows());
    rows.retain(|row| {
        filters.is_empty() || filters.iter().any(|part| row.name.contains(part.as_str()))
    });
    rows.sort_by_key(|row| Group::ALL.iter().position(|&group| group == row.group));
    rows
}
