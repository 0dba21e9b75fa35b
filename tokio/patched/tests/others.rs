//! actix-web, deadpool, bb8, hickory's resolver, tokio-cron-scheduler.

use actix_web::{App, HttpServer, web};
use deadpool::managed;
use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler};

/// A page that is served on actix's own threads, each with a current-thread runtime.
#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread"))]
async fn actix_web_serves_and_ends() {
    let app = || {
        App::new().route(
            "/{name}",
            web::get().to(async |name: web::Path<String>| {
                // Pinned to its thread, as actix's handlers are.
                let local =
                    actix_web::rt::spawn(async move { std::rc::Rc::new(name.into_inner()) });
                actix_web::rt::time::sleep(Duration::from_millis(1)).await;
                format!("hello, {}", local.await.unwrap())
            }),
        )
    };
    let server = HttpServer::new(app)
        .workers(2)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    for name in ["world", "again"] {
        let page = reqwest::get(format!("http://{address}/{name}")).await;
        let text = page.unwrap().text().await.unwrap();
        assert_eq!(text, format!("hello, {name}"));
    }
    handle.stop(true).await;
    running.await.unwrap().unwrap();
}

/// Like `#[actix_web::main]`: a local runtime that is entered from outside.
#[test]
fn actixs_system_runs_local_tasks() {
    let sum = actix_web::rt::System::new().block_on(async {
        let local = std::rc::Rc::new(40);
        let task = actix_web::rt::spawn(async move {
            actix_web::rt::time::sleep(Duration::from_millis(1)).await;
            *local
        });
        let job = actix_web::rt::task::spawn_blocking(|| 2);
        task.await.unwrap() + job.await.unwrap()
    });
    assert_eq!(sum, 42);
}

/// Creates numbers and counts them.
struct Numbers(AtomicUsize);

impl managed::Manager for Numbers {
    type Type = usize;
    type Error = Infallible;

    async fn create(&self) -> Result<usize, Infallible> {
        Ok(self.0.fetch_add(1, SeqCst))
    }

    async fn recycle(
        &self,
        _: &mut usize,
        _: &managed::Metrics,
    ) -> managed::RecycleResult<Infallible> {
        Ok(())
    }
}

impl bb8::ManageConnection for Numbers {
    type Connection = usize;
    type Error = Infallible;

    async fn connect(&self) -> Result<usize, Infallible> {
        Ok(self.0.fetch_add(1, SeqCst))
    }

    async fn is_valid(&self, _: &mut usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut usize) -> bool {
        false
    }
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn deadpool_hands_out_what_comes_back() {
    let pool: managed::Pool<Numbers> = managed::Pool::builder(Numbers(AtomicUsize::new(0)))
        .max_size(1)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_millis(5)))
        .build()
        .unwrap();
    let first = pool.get().await.unwrap();
    assert!(matches!(
        pool.get().await,
        Err(managed::PoolError::Timeout(managed::TimeoutType::Wait))
    ));
    let waits = tokio::spawn({
        let (pool, patience) = (pool.clone(), Some(Duration::from_secs(600)));
        async move {
            let timeouts = managed::Timeouts {
                wait: patience,
                ..managed::Timeouts::new()
            };
            *pool.timeout_get(&timeouts).await.unwrap()
        }
    });
    while pool.status().waiting == 0 {
        tokio::task::yield_now().await;
    }
    drop(first);
    assert_eq!(waits.await.unwrap(), 0);
    assert_eq!(pool.manager().0.load(SeqCst), 1);
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn bb8_hands_out_what_comes_back() {
    let pool = bb8::Pool::builder()
        .max_size(1)
        .connection_timeout(Duration::from_millis(5))
        .build(Numbers(AtomicUsize::new(0)))
        .await
        .unwrap();
    let first = pool.get().await.unwrap();
    assert!(matches!(pool.get().await, Err(bb8::RunError::TimedOut)));
    drop(first);
    assert_eq!(*pool.get().await.unwrap(), 0);
}

/// Returns the answer to a DNS query: with an address for an IPv4 query, and without any otherwise.
fn answer(query: &[u8], truncated: bool) -> Vec<u8> {
    let name_ends = 12 + query[12..].iter().position(|&byte| byte == 0).unwrap() + 1;
    let question = &query[12..name_ends + 4];
    let has_address = !truncated && question.ends_with(&[0, 1, 0, 1]);
    let mut answer = query[..2].to_vec();
    answer.extend([0x84 | u8::from(truncated) << 1, 0x80, 0, 1]);
    answer.extend([0, u8::from(has_address), 0, 0, 0, 0]);
    answer.extend(question);
    if has_address {
        // The name in the question, its type, a minute, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    }
    answer
}

/// The DNS server reports by UDP that its answers are too long, so that TCP is used.
#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test)]
async fn hickorys_resolver_asks_by_udp_and_then_by_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let datagrams = socket.local_addr().unwrap();
    let (by_udp, by_tcp) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = by_udp.clone();
    tokio::spawn(async move {
        let mut query = [0; 512];
        loop {
            let (n, client) = socket.recv_from(&mut query).await.unwrap();
            counted.fetch_add(1, SeqCst);
            let answer = answer(&query[..n], true);
            socket.send_to(&answer, client).await.unwrap();
        }
    });
    let counted = by_tcp.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let counted = counted.clone();
            tokio::spawn(async move {
                while let Ok(n) = stream.read_u16().await {
                    let mut query = vec![0; n.into()];
                    stream.read_exact(&mut query).await.unwrap();
                    counted.fetch_add(1, SeqCst);
                    let answer = answer(&query, false);
                    stream.write_u16(answer.len() as u16).await.unwrap();
                    stream.write_all(&answer).await.unwrap();
                }
            });
        }
    });

    let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
    (udp.port, tcp.port) = (datagrams.port(), address.port());
    let server = NameServerConfig::new(address.ip(), true, vec![udp, tcp]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let resolver = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    let resolver = resolver.build().unwrap();
    let found = resolver.lookup_ip("shop.example.").await.unwrap();
    let found: Vec<IpAddr> = found.iter().collect();
    assert_eq!(found, [IpAddr::from(Ipv4Addr::new(192, 0, 2, 7))]);
    assert!(by_udp.load(SeqCst) > 0 && by_tcp.load(SeqCst) > 0);
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread"))]
async fn tokio_cron_scheduler_runs_its_jobs() {
    let (ran, mut runs) = mpsc::unbounded_channel();
    let mut scheduler = JobScheduler::new().await.unwrap();
    let every_second = Job::new_async("* * * * * *", move |_, _| {
        let ran = ran.clone();
        Box::pin(async move { ran.send(()).unwrap_or_default() })
    });
    scheduler.add(every_second.unwrap()).await.unwrap();
    scheduler.start().await.unwrap();
    for _ in 0..2 {
        runs.recv().await.unwrap();
    }
    scheduler.shutdown().await.unwrap();
}
