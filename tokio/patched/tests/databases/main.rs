//! sqlx, tokio-postgres, redis: with SQLite in the process, and with servers that the tests start,
//! if they are installed.

mod servers;

use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use redis::AsyncTypedCommands;
use servers::{Postgres, Redis};
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::future::ready;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn sqlx_with_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(directory.path().join("data"))
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await
        .unwrap();
    sqlx::query("CREATE TABLE numbers (n INTEGER NOT NULL)")
        .execute(&pool)
        .await
        .unwrap();

    let inserting = (0..32_i64).map(|n| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let insert = sqlx::query("INSERT INTO numbers VALUES (?)").bind(n);
            insert.execute(&pool).await.unwrap();
        })
    });
    for inserting in Vec::from_iter(inserting) {
        inserting.await.unwrap();
    }
    // A transaction that is dropped is rolled back.
    let mut undone = pool.begin().await.unwrap();
    sqlx::query("DELETE FROM numbers")
        .execute(&mut *undone)
        .await
        .unwrap();
    drop(undone);

    let select = sqlx::query_scalar::<_, i64>("SELECT n FROM numbers ORDER BY n");
    let numbers: Vec<i64> = select.fetch(&pool).try_collect().await.unwrap();
    assert_eq!(numbers, Vec::from_iter(0..32));
    pool.close().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn sqlx_with_postgres() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable",
        server.port
    );
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect(&url)
        .await
        .unwrap();
    assert_eq!(
        server.psql("CREATE TABLE numbers (n bigint)"),
        "CREATE TABLE"
    );
    let inserting = (1..=32_i64).map(|n| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let insert = sqlx::query("INSERT INTO numbers VALUES ($1)").bind(n);
            insert.execute(&pool).await.unwrap();
        })
    });
    for inserting in Vec::from_iter(inserting) {
        inserting.await.unwrap();
    }
    assert_eq!(server.psql("SELECT sum(n) FROM numbers"), "528");

    let mut listener = PgListener::connect(&url).await.unwrap();
    listener.listen("news").await.unwrap();
    server.psql("NOTIFY news, 'from psql'");
    assert_eq!(listener.recv().await.unwrap().payload(), "from psql");
    drop(listener);
    pool.close().await;
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn tokio_postgres_asks_much_at_once_and_hears() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let settings = format!("host=127.0.0.1 port={} user=postgres", server.port);
    let (client, mut connection) = tokio_postgres::connect(&settings, NoTls).await.unwrap();
    let (heard, mut hears) = mpsc::unbounded_channel();
    let messages = stream::poll_fn(move |cx| connection.poll_message(cx));
    let connected = tokio::spawn(messages.try_for_each(move |message| {
        if let AsyncMessage::Notification(news) = message {
            heard.send(news.payload().to_owned()).unwrap();
        }
        ready(Ok(()))
    }));

    client
        .batch_execute("CREATE TABLE numbers (n bigint)")
        .await
        .unwrap();
    let insert = client
        .prepare("INSERT INTO numbers VALUES ($1)")
        .await
        .unwrap();
    // In one pipeline.
    let inserting = (1..=32_i64).map(async |n| client.execute(&insert, &[&n]).await.unwrap());
    assert_eq!(join_all(inserting).await, [1; 32]);
    assert_eq!(server.psql("SELECT sum(n) FROM numbers"), "528");
    let row = client
        .query_one("SELECT max(n) FROM numbers", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 32);

    client.batch_execute("LISTEN news").await.unwrap();
    server.psql("NOTIFY news, 'from psql'");
    assert_eq!(hears.recv().await.unwrap(), "from psql");
    drop(client);
    connected.await.unwrap().unwrap();
}

#[cfg_attr(beside, heist::test(tokio))]
#[cfg_attr(not(beside), tokio::test(flavor = "multi_thread", worker_threads = 2))]
async fn redis_commands_and_messages() {
    let Some(server) = Redis::start() else { return };
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", server.port)).unwrap();
    let connection = client.get_connection_manager().await.unwrap();
    // All of them over one connection.
    let counting = (0..100).map(|_| {
        let mut connection = connection.clone();
        tokio::spawn(async move { connection.incr("count", 1).await.unwrap() })
    });
    for counting in Vec::from_iter(counting) {
        counting.await.unwrap();
    }
    assert_eq!(server.cli(&["GET", "count"]), "100");

    let mut channel = client.get_async_pubsub().await.unwrap();
    channel.subscribe("news").await.unwrap();
    assert_eq!(server.cli(&["PUBLISH", "news", "from redis-cli"]), "1");
    let message = channel.on_message().next().await.unwrap();
    assert_eq!(message.get_payload::<String>().unwrap(), "from redis-cli");
}
