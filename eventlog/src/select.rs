//! A query whose conditions depend on what is asked, built as one text for either database.

use sqlx::Row;

use crate::bulk::Cell;
use crate::db::Db;
use crate::failure::DbError;
use crate::{holds, on_db};

/// A query in the making: its text so far, and the values of its placeholders.
#[derive(Debug, Clone, Default)]
pub struct Select {
    text: String,
    values: Vec<Cell>,
}

impl Select {
    /// Begins with this text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text, which never comes from outside the program.
    #[must_use]
    pub fn sql(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<Cell>) -> Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds placeholders in brackets for several values.
    #[must_use]
    pub fn values(self, values: impl IntoIterator<Item = String>) -> Self {
        let mut query = self.sql("(");
        for (index, value) in values.into_iter().enumerate() {
            query = if index > 0 { query.sql(", ") } else { query };
            query = query.value(value);
        }
        query.sql(")")
    }

    /// Leaves out what somebody holds at a moment (ADR 0058), where `id` is the column with the
    /// request's id.
    #[must_use]
    pub fn and_not_held(self, id: &str, micros: i64) -> Self {
        self.sql(" AND ").sql(id).sql(" NOT").sql(holds::IS_HELD).value(micros).sql(")")
    }

    /// The first column of every row, as texts.
    ///
    /// # Errors
    /// [`DbError`], where the query fails.
    pub async fn texts(self, db: &Db) -> Result<Vec<String>, DbError> {
        Ok(on_db!(db, connection => {
            let mut query = sqlx::query_scalar(&self.text);
            for value in self.values.clone() {
                query = match value {
                    Cell::Text(text) => query.bind(text),
                    Cell::Integer(number) => query.bind(number),
                };
            }
            query.fetch_all(connection).await?
        }))
    }

    /// The first column of every row as a text, and so many columns behind it as numbers.
    ///
    /// # Errors
    /// [`DbError`], where the query fails.
    pub async fn numbers_by_text(
        self,
        db: &Db,
        numbers: usize,
    ) -> Result<Vec<(String, Vec<i64>)>, DbError> {
        Ok(on_db!(db, connection => {
            let mut query = sqlx::query(&self.text);
            for value in self.values.clone() {
                query = match value {
                    Cell::Text(text) => query.bind(text),
                    Cell::Integer(number) => query.bind(number),
                };
            }
            let mut found = Vec::new();
            for row in query.fetch_all(connection).await? {
                let numbers = (1..=numbers).map(|column| row.try_get(column));
                found.push((row.try_get(0)?, numbers.collect::<Result<_, _>>()?));
            }
            found
        }))
    }

    /// The one number that the query gives.
    ///
    /// # Errors
    /// [`DbError`], where the query fails.
    pub async fn number(self, db: &Db) -> Result<i64, DbError> {
        Ok(on_db!(db, connection => {
            let mut query = sqlx::query_scalar(&self.text);
            for value in self.values.clone() {
                query = match value {
                    Cell::Text(text) => query.bind(text),
                    Cell::Integer(number) => query.bind(number),
                };
            }
            query.fetch_one(connection).await?
        }))
    }
}
