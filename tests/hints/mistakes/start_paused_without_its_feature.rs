use heist::runtime::Builder;

#[heist::test(start_paused = true)]
async fn hours_take_no_time() {}

fn main() {
    let _runtime = Builder::new().start_paused(true).build();
}
