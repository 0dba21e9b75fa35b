use heist::net::TcpStream;

#[heist::main]
async fn main() {
    let mut stream = TcpStream::connect("127.0.0.1:7000").await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
}
