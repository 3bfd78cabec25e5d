//! On what it was measured, and how busy that was with other things.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

use crate::service::PROGRAM;

/// The machine.
#[derive(Debug)]
pub(crate) struct Machine {
    cores: usize,
    memory_mib: u64,
    system: String,
    /// The database systems that took part, with their versions.
    pub(crate) databases: Vec<String>,
    load_before: String,
    load_after: String,
}

impl Machine {
    /// Looks at the machine before anything is measured.
    pub(crate) async fn look() -> Self {
        let databases = crate::postgres::version().await.into_iter().collect();
        Self {
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_mib: memory_mib(),
            system: first_line("/proc/sys/kernel/osrelease"),
            databases,
            load_before: load_average(),
            load_after: String::new(),
        }
    }

    /// Looks at how busy it is once everything is measured, with what was measured in it.
    pub(crate) fn look_again(&mut self) {
        self.load_after = load_average();
    }

    /// In a few lines, for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            format!(
                "{} cores, {} MiB memory, kernel {}; {}",
                self.cores,
                self.memory_mib,
                self.system,
                self.databases.join(", ")
            ),
            format!("profile {}", profile()),
            format!("load average before {}, after {}", self.load_before, self.load_after),
        ]
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        json!({
            "cores": self.cores,
            "memory_mib": self.memory_mib,
            "kernel": self.system,
            "profile": profile(),
            "databases": self.databases,
            "load_average_before": self.load_before,
            "load_average_after": self.load_after,
        })
    }
}

/// The cargo profile that the measured program was built with: the folder that it is in.
fn profile() -> &'static str {
    let folder = Path::new(PROGRAM).parent().and_then(Path::file_name);
    folder.and_then(OsStr::to_str).unwrap_or("unknown")
}

fn memory_mib() -> u64 {
    field_kib("/proc/meminfo", "MemTotal:").unwrap_or(0) / 1024
}

/// A field of a file of the kernel's, in KiB.
pub(crate) fn field_kib(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn load_average() -> String {
    first_line("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn first_line(path: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
