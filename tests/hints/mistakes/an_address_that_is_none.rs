#[heist::main]
async fn main() {
    heist::net::TcpStream::connect(7000).await.unwrap();
}
