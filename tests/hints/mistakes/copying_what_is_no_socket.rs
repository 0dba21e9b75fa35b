#[heist::main]
async fn main() {
    let mut memory = heist::io::Cursor::new(b"the bytes");
    let mut stream = heist::net::TcpStream::connect("127.0.0.1:7000").await.unwrap();
    heist::net::copy(&mut memory, &mut stream).await.unwrap();
}
