use std::sync::{Arc, Mutex};

#[heist::main]
async fn main() {
    let count = Arc::new(Mutex::new(0));
    heist::spawn(async move {
        let mut count = count.lock().unwrap();
        heist::task::yield_now().await;
        *count += 1;
    });
}
