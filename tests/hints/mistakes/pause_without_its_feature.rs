#[heist::main]
async fn main() {
    heist::time::pause();
    heist::time::advance(heist::time::Duration::from_secs(1)).await;
}
