//! What was measured, as a table for people and as JSON for machines.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use crate::machine::Machine;

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    /// On what.
    pub(crate) machine: Machine,
    is_quick: bool,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

/// Something measured in several rounds, with its yardstick in each.
#[derive(Debug)]
pub(crate) struct Figure {
    /// The figure's name, for example `P1`.
    pub(crate) name: &'static str,
    /// What was measured.
    pub(crate) what: String,
    /// What it is compared with; empty where a bare number is the goal.
    pub(crate) yardstick: &'static str,
    /// The unit of both.
    pub(crate) unit: &'static str,
    /// What was measured in each round.
    pub(crate) measured: Vec<f64>,
    /// The yardstick in each round; empty where a bare number is the goal.
    pub(crate) beside: Vec<f64>,
    /// The goal.
    pub(crate) goal: Goal,
    /// What must be reached now.
    pub(crate) needed: Option<Goal>,
}

/// What a ratio, or a bare number, is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!(">= {least}"),
            Self::AtMost(most) => format!("<= {most}"),
        }
    }
}

impl Figure {
    /// What the goal is about: the ratio of each round, or the bare numbers.
    fn values(&self) -> Vec<f64> {
        if self.beside.is_empty() {
            return self.measured.clone();
        }
        self.measured.iter().zip(&self.beside).map(|(one, other)| one / other).collect()
    }

    fn row(&self) -> [String; 8] {
        let values = self.values();
        let value = median(&values);
        let (least, most) = spread(&values);
        let (ratio, beside) = if self.beside.is_empty() {
            ("-".to_owned(), "-".to_owned())
        } else {
            let beside = format!("{} {}", number(median(&self.beside)), self.unit);
            (format!("{value:.2} ({least:.2} to {most:.2})"), beside)
        };
        let answer = |goal: Goal| if goal.is_reached(value) { "yes" } else { "NO" };
        let needed =
            self.needed.map_or("-".to_owned(), |goal| format!("{} {}", goal.text(), answer(goal)));
        [
            self.name.to_owned(),
            self.what.clone(),
            format!("{} {}", number(median(&self.measured)), self.unit),
            beside,
            ratio,
            self.goal.text(),
            answer(self.goal).to_owned(),
            needed,
        ]
    }

    fn json(&self) -> Value {
        let values = self.values();
        let value = median(&values);
        json!({
            "figure": self.name,
            "what": self.what,
            "yardstick": self.yardstick,
            "unit": self.unit,
            "measured": self.measured,
            "beside": self.beside,
            "value": value,
            "goal": self.goal.text(),
            "goal_reached": self.goal.is_reached(value),
            "needed": self.needed.map(Goal::text),
            "needed_reached": self.needed.map(|goal| goal.is_reached(value)),
        })
    }
}

impl Report {
    /// An empty one.
    pub(crate) fn new(machine: Machine, is_quick: bool) -> Self {
        Self { machine, is_quick, figures: Vec::new(), notes: Vec::new() }
    }

    /// Takes a figure in, and says so at once: the whole takes minutes.
    pub(crate) fn add(&mut self, figure: Figure) {
        let [name, what, measured, beside, ratio, ..] = figure.row();
        eprintln!("bench: {name} {what}: {measured}, yardstick {beside}, ratio {ratio}");
        self.figures.push(figure);
    }

    /// Takes a remark in that belongs under the table.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Prints the table and writes the JSON file.
    pub(crate) fn show_and_write(&self) -> anyhow::Result<()> {
        for line in self.table() {
            println!("{line}");
        }
        for line in self.machine.lines().iter().chain(&self.notes) {
            println!("{line}");
        }
        if self.is_quick {
            println!("BENCH_QUICK is set: these figures mean nothing");
        }
        let path = results_file();
        let json = json!({
            "machine": self.machine.json(),
            "is_quick": self.is_quick,
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "notes": self.notes,
        });
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
            .and_then(|()| std::fs::write(&path, format!("{json:#}\n")))
            .with_context(|| path.display().to_string())?;
        println!("the same in {}", path.display());
        Ok(())
    }

    fn table(&self) -> Vec<String> {
        let heading =
            ["", "what", "measured", "yardstick", "ratio", "goal", "reached", "needed now"];
        let mut rows = vec![heading.map(str::to_owned)];
        rows.extend(self.figures.iter().map(Figure::row));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..heading.len()).filter_map(width).collect();
        let line = |row: &[String; 8]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
        };
        let mut lines: Vec<String> = rows.iter().map(line).collect();
        let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.insert(1, format!("| {} |", dashes.join(" | ")));
        lines
    }
}

fn results_file() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("target"));
    target.join("bench").join("results.json")
}

/// The middle one; of an even number, the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

fn spread(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

fn number(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
