use std::rc::Rc;

#[heist::main]
async fn main() {
    let shared = Rc::new(1);
    heist::spawn(async move {
        heist::task::yield_now().await;
        println!("{shared}");
    });
}
