#[heist::main]
async fn main() {
    heist::fs::read("Cargo.toml").await.unwrap();
}
