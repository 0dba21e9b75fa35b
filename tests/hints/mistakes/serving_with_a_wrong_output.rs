use heist::net::{TcpListener, serve};

#[heist::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:7000").await.unwrap();
    serve(listener, |_stream, _peer| async { 42 }).await.unwrap();
}
