#[heist::main]
async fn main() {
    heist::spawn_try(async { 42 });
}
