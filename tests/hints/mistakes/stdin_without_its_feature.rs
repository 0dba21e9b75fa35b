use heist::io::{AsyncReadExt, stdin};

#[heist::main]
async fn main() {
    let mut all = String::new();
    stdin().read_to_string(&mut all).await.unwrap();
}
