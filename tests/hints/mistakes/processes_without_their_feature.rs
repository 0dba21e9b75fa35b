use heist::process::Command;

#[heist::main]
async fn main() {
    Command::new("true").status().await.unwrap();
}
