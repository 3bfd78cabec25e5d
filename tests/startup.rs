//! The program from the command line: its first start, its settings, its errors, and its end.

mod commands;
mod database;
mod printing;
mod serving;
mod settings;
mod tls;
