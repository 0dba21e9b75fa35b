#![deny(deprecated)]

use heist::runtime::Builder;

fn main() {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {});
}
