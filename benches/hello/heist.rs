#[heist::main]
async fn main() {
    println!("hello");
}
