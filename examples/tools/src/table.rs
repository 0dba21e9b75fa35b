//! Tables for the terminal.

use comfy_table::{CellAlignment, Table, presets};

/// Returns a table without lines: names in the first `names` columns, and figures to the right of
/// them.
pub fn table<S: AsRef<str>>(
    names: usize,
    header: &[S],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(header.iter().map(AsRef::as_ref));
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(names) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
