use heist::runtime::Builder;

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {});
}
