//! Transactions that write. Their connection goes back to its pool only when the transaction has
//! ended as it was told to. After anything else (a failure, or a future that is dropped half-way)
//! nobody knows what state the connection is in, so it is given up, and the database rolls back.
//!
//! This does not go through sqlx's transactions. They count how deep they are, and the count is
//! wrong once a transaction fails while it begins, the database rolls it back by itself, or a COPY
//! is dropped; the connection then fails its next users.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, PgPool, Postgres, Sqlite, SqlitePool};
use tokio::sync::OwnedMutexGuard;

use crate::failure::DbError;

/// Runs one expression in whichever transaction it is, with `$connection` bound to its connection.
#[macro_export]
macro_rules! in_tx {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::Tx::Postgres(tx) => {
                let $connection = &mut **tx;
                $body
            }
            $crate::Tx::Sqlite(tx, _) => {
                let $connection = &mut **tx;
                $body
            }
        }
    };
}

/// A transaction that writes. Dropped without [`Tx::commit`], it leaves nothing.
#[derive(Debug)]
pub enum Tx {
    /// On PostgreSQL.
    Postgres(Held<Postgres>),
    /// On SQLite, with the turn to write.
    Sqlite(Held<Sqlite>, OwnedMutexGuard<()>),
}

impl Tx {
    /// Makes what was written visible to all, or fails with nothing written.
    ///
    /// # Errors
    /// [`DbError`]; after a lost connection it is unknown whether the commit happened.
    pub async fn commit(self) -> Result<(), DbError> {
        self.end("COMMIT").await
    }

    /// Ends it with nothing written. Unlike dropping it, this keeps the connection.
    ///
    /// # Errors
    /// [`DbError`]; nothing was written all the same.
    pub async fn roll_back(self) -> Result<(), DbError> {
        self.end("ROLLBACK").await
    }

    async fn end(self, statement: &'static str) -> Result<(), DbError> {
        match self {
            Self::Postgres(mut held) => {
                held.execute(statement).await?;
                held.give_back();
            }
            Self::Sqlite(mut held, _turn) => {
                held.execute(statement).await?;
                held.give_back();
            }
        }
        Ok(())
    }
}

/// A connection of a pool that is given up when this is dropped, unless it was given back.
#[derive(Debug)]
pub struct Held<DB: Database> {
    connection: PoolConnection<DB>,
    is_given_back: bool,
}

impl<DB: Database> Held<DB> {
    const fn of(connection: PoolConnection<DB>) -> Self {
        Self { connection, is_given_back: false }
    }

    /// Gives the connection back to its pool. Only for one in a known state.
    pub(crate) fn give_back(mut self) {
        self.is_given_back = true;
    }
}

impl Held<Postgres> {
    /// Takes a connection.
    pub(crate) async fn acquire(pool: &PgPool) -> Result<Self, DbError> {
        Ok(Self::of(pool.acquire().await?))
    }

    /// Takes a connection and begins a transaction with this statement.
    pub(crate) async fn begin(pool: &PgPool, statement: &'static str) -> Result<Self, DbError> {
        let mut held = Self::acquire(pool).await?;
        held.execute(statement).await?;
        Ok(held)
    }
}

impl Held<Sqlite> {
    /// Takes a connection and begins a transaction that may write.
    pub(crate) async fn begin_immediate(pool: &SqlitePool) -> Result<Self, DbError> {
        let mut held = Self::of(pool.acquire().await?);
        held.execute("BEGIN IMMEDIATE").await?;
        Ok(held)
    }
}

impl<DB: Database> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: Database> Drop for Held<DB> {
    fn drop(&mut self) {
        if !self.is_given_back {
            self.connection.close_on_drop();
        }
    }
}
