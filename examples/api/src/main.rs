//! The API of a shop, as one writes it for tokio: its items are in SQLite (sqlx), their prices come
//! from another service (reqwest), and one handler blocks its thread, as real handlers sometimes
//! do.
//!
//! ```text
//! curl http://127.0.0.1:8080/items/7     {"id":7,"name":"item 7"}
//! curl http://127.0.0.1:8080/prices/7    {"id":7,"cents":1799}
//! curl http://127.0.0.1:8080/report      blocks for 50 ms
//! ```

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use std::error::Error;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::propagate_header::PropagateHeaderLayer;

#[derive(Clone)]
struct Shop {
    items: SqlitePool,
    client: reqwest::Client,
    prices: String,
}

#[derive(Serialize, sqlx::FromRow)]
struct Item {
    id: i64,
    name: String,
}

#[derive(Deserialize, Serialize)]
struct Price {
    id: i64,
    cents: i64,
}

/// Reports an error that is not the client's fault.
fn internal(error: impl Error) -> StatusCode {
    eprintln!("{error}");
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn item(State(shop): State<Shop>, Path(id): Path<i64>) -> Result<Json<Item>, StatusCode> {
    let query = sqlx::query_as("SELECT id, name FROM items WHERE id = ?").bind(id);
    let found = query.fetch_optional(&shop.items).await.map_err(internal)?;
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn price(State(shop): State<Shop>, Path(id): Path<i64>) -> Result<Json<Price>, StatusCode> {
    let url = format!("{}/{id}", shop.prices);
    let answer = shop.client.get(url).send().await.map_err(internal)?;
    answer.json().await.map(Json).map_err(internal)
}

/// Blocks its thread, as a lock, a slow disk, a name look-up in a library, or a computation would.
async fn report() -> &'static str {
    std::thread::sleep(Duration::from_millis(50));
    "a report\n"
}

async fn open_items(file: &std::path::Path) -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .create_if_missing(true);
    let items = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await?;
    sqlx::query("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .execute(&items)
        .await?;
    let mut filling = items.begin().await?;
    for id in 0..1000 {
        let insert = sqlx::query("INSERT INTO items VALUES (?, ?)").bind(id);
        insert
            .bind(format!("item {id}"))
            .execute(&mut *filling)
            .await?;
    }
    filling.commit().await?;
    Ok(items)
}

/// Serves the prices. In practice it would belong to another team and run on another machine.
async fn serve_prices(listener: TcpListener) -> std::io::Result<()> {
    let price = async |Path(id): Path<i64>| {
        Json(Price {
            id,
            cents: 100 * (id + 10) + 99,
        })
    };
    axum::serve(listener, Router::new().route("/{id}", get(price))).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8080")).await?;
    let file = std::env::temp_dir().join(format!("api-{}.db", std::process::id()));
    let items = open_items(&file).await?;
    let others = TcpListener::bind("127.0.0.1:0").await?;
    let shop = Shop {
        items: items.clone(),
        client: reqwest::Client::new(),
        prices: format!("http://{}", others.local_addr()?),
    };
    tokio::spawn(serve_prices(others));

    let app = Router::new()
        .route("/items/{id}", get(item))
        .route("/prices/{id}", get(price))
        .route("/report", get(report))
        .layer(PropagateHeaderLayer::new(HeaderName::from_static(
            "x-request-id",
        )))
        .with_state(shop);
    println!("listening on {}", listener.local_addr()?);
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, app)
        .with_graceful_shutdown(interrupted)
        .await?;
    items.close().await;
    Ok(std::fs::remove_file(file)?)
}
