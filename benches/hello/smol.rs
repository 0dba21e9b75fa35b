fn main() {
    smol::block_on(async {
        println!("hello");
    });
}
