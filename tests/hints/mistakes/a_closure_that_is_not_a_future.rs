#[heist::main]
async fn main() {
    heist::spawn(|| println!("hello"));
}
