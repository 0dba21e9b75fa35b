#[heist::main]
async fn main() {
    let name = String::from("heist");
    let task = heist::spawn(async { println!("{name}") });
    task.await.unwrap();
}
