use heist::net::TcpStream;
use tokio::io::AsyncReadExt;

#[heist::main]
async fn main() {
    let mut stream = TcpStream::connect("127.0.0.1:7000").await.unwrap();
    let mut all = Vec::new();
    AsyncReadExt::read_to_end(&mut stream, &mut all).await.unwrap();
}
