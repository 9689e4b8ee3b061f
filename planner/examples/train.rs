//! Learns the weights of the parser for undescribed tables, and says how well they do on tables that
//! they were not learned from.
//!
//! `train --schemas DIR --out weights.bin SAMPLE...`, where a sample is a folder with `questions.jsonl`
//! (`id`, `table`, `question`, `answer`) and `tables/<table>.csv`, and DIR holds what `csv-analyst eval
//! --schemas` wrote. `cargo xtask train` calls it.

use csv_analyst_planner::training::{
    Features, Rows, Sample, Settings, Tried, Weights, decide, learn, learn_chances, try_all,
};
use csv_analyst_protocol::dataset::Dataset;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Question {
    id: String,
    table: String,
    question: String,
    answer: Vec<Vec<serde_json::Value>>,
}

struct Options {
    schemas: PathBuf,
    out: Option<PathBuf>,
    failures: usize,
    folds: u64,
    /// Learn from every table, also from the fifth that is kept aside to measure.
    all: bool,
    settings: Settings,
    samples: Vec<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let options = options()?;
    let mut out = std::io::stdout().lock();
    let mut learned: Vec<Group> = Vec::new();
    for sample in &options.samples {
        let began = std::time::Instant::now();
        let groups = load(sample, &options)?;
        let questions: usize = groups.iter().map(|group| group.tried.len()).sum();
        let candidates: usize = groups
            .iter()
            .flat_map(|group| &group.tried)
            .map(|(_, tried)| tried.answers.len())
            .sum();
        writeln!(
            out,
            "{}: {questions} questions, {candidates} candidates, {:.1} s",
            sample.display(),
            began.elapsed().as_secs_f64()
        )?;
        report_reachable(&groups, &mut out)?;
        learned.extend(groups);
    }
    let chances = cross_validate(&learned, &options, &mut out)?;
    if let Some(path) = &options.out {
        let all: Vec<&_> = learned
            .iter()
            .flat_map(|group| group.tried.iter().map(|(_, tried)| &tried.example))
            .collect();
        let mut learned = learn(&all, &options.settings);
        learned.extend(chances);
        let weights = Weights::new(learned);
        let bytes = weights.bytes();
        writeln!(out, "{} bytes of weights", bytes.len())?;
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

fn options() -> Result<Options, Failure> {
    let mut options = Options {
        schemas: PathBuf::new(),
        out: None,
        failures: 0,
        folds: 5,
        all: false,
        settings: Settings::default(),
        samples: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--schemas" => options.schemas = value()?.into(),
            "--out" => options.out = Some(value()?.into()),
            "--all" => options.all = true,
            "--failures" => options.failures = value()?.parse()?,
            "--folds" => options.folds = value()?.parse()?,
            "--epochs" => options.settings.epochs = value()?.parse()?,
            "--rate" => options.settings.rate = value()?.parse()?,
            "--decay" => options.settings.decay = value()?.parse()?,
            "--least" => options.settings.least_examples = value()?.parse()?,
            sample => options.samples.push(sample.into()),
        }
    }
    Ok(options)
}

/// All questions of one table.
struct Group {
    sample: String,
    table: String,
    dataset: Dataset,
    tried: Vec<(Sample, Tried)>,
    lost: usize,
}

fn load(folder: &Path, options: &Options) -> Result<Vec<Group>, Failure> {
    let mut by_table: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for line in std::fs::read_to_string(folder.join("questions.jsonl"))?.lines() {
        let question: Question = serde_json::from_str(line)?;
        by_table.entry(question.table).or_default().push(Sample {
            id: question.id,
            question: question.question,
            answer: question
                .answer
                .iter()
                .map(|row| row.first().map_or(String::new(), text))
                .collect(),
        });
    }
    let name = folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    by_table
        .into_iter()
        .filter(|(table, _)| options.all || !is_held_out(table))
        .map(|(table, samples)| group(folder, &options.schemas, &name, table, samples))
        .collect()
}

fn group(
    folder: &Path,
    schemas: &Path,
    sample: &str,
    table: String,
    samples: Vec<Sample>,
) -> Result<Group, Failure> {
    let schema =
        std::fs::read(schemas.join(format!("{table}.json"))).map_err(|error| format!("{table}: {error}"))?;
    let dataset: Dataset = serde_json::from_slice(&schema)?;
    let described = dataset.tables.first().ok_or("a dataset without a table")?;
    let rows = rows(
        &folder.join("tables").join(format!("{table}.csv")),
        described.columns.len(),
    )?;
    let references: Vec<&Sample> = samples.iter().collect();
    let tried = try_all(described, &rows, &references);
    let mut group = Group {
        sample: sample.to_owned(),
        table,
        dataset: dataset.clone(),
        tried: Vec::new(),
        lost: 0,
    };
    for (sample, tried) in samples.into_iter().zip(tried) {
        match tried {
            Some(tried) => group.tried.push((sample, tried)),
            None => group.lost += 1,
        }
    }
    Ok(group)
}

fn rows(path: &Path, columns: usize) -> Result<Rows, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let mut cells = Vec::new();
    for record in reader.records() {
        let mut row: Vec<String> = record?.iter().map(str::to_owned).collect();
        row.resize(columns, String::new());
        cells.push(row);
    }
    Ok(Rows { cells })
}

fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn report_reachable(groups: &[Group], out: &mut impl Write) -> Result<(), Failure> {
    let all: Vec<&Tried> = groups
        .iter()
        .flat_map(|group| group.tried.iter().map(|(_, tried)| tried))
        .collect();
    let reachable = all
        .iter()
        .filter(|tried| tried.example.candidates.iter().any(|(_, _, right)| *right))
        .count();
    let lost: usize = groups.iter().map(|group| group.lost).sum();
    writeln!(
        out,
        "  right answer among the candidates: {reachable} of {} (and {lost} unread)",
        all.len()
    )?;
    Ok(())
}

struct Judged<'g> {
    group: &'g Group,
    sample: &'g Sample,
    tried: &'g Tried,
    best: usize,
    features: Features,
    chance: f64,
    right: bool,
}

/// Each table's questions are answered with weights learned from the other folds' tables; so is the
/// chance that an answer is right.
fn cross_validate(
    groups: &[Group],
    options: &Options,
    out: &mut impl Write,
) -> Result<Vec<(u32, f32)>, Failure> {
    let mut judged: Vec<Judged> = Vec::new();
    for fold in 0..options.folds {
        let inside = |group: &&Group| fold_of(&group.table, options.folds) == fold;
        let learning: Vec<&_> = groups
            .iter()
            .filter(|group| !inside(group))
            .flat_map(|group| group.tried.iter().map(|(_, tried)| &tried.example))
            .collect();
        let weights = Weights::new(learn(&learning, &options.settings));
        for group in groups.iter().filter(inside) {
            let found = group
                .tried
                .iter()
                .filter_map(|(sample, tried)| judge(group, sample, tried, &weights));
            judged.extend(found);
        }
    }
    for fold in 0..options.folds {
        let inside = |judged: &Judged| fold_of(&judged.group.table, options.folds) == fold;
        let learning: Vec<(Features, bool)> = judged
            .iter()
            .filter(|judged| !inside(judged))
            .map(|judged| (judged.features.clone(), judged.right))
            .collect();
        let weights = Weights::new(learn_chances(&learning));
        for judged in judged.iter_mut().filter(|judged| inside(judged)) {
            judged.chance = weights.chance(&judged.features);
        }
    }
    report(&judged, options, out)?;
    let all: Vec<(Features, bool)> = judged
        .iter()
        .map(|judged| (judged.features.clone(), judged.right))
        .collect();
    Ok(learn_chances(&all))
}

fn judge<'g>(
    group: &'g Group,
    sample: &'g Sample,
    tried: &'g Tried,
    weights: &Weights,
) -> Option<Judged<'g>> {
    let scores = tried.scores(weights);
    let decision = decide(&group.dataset, &sample.question, tried, &scores)?;
    Some(Judged {
        group,
        sample,
        tried,
        best: decision.best,
        features: decision.features,
        chance: 0.0,
        right: tried.example.candidates[decision.best].2,
    })
}

fn report(judged: &[Judged], options: &Options, out: &mut impl Write) -> Result<(), Failure> {
    let mut samples: Vec<&str> = judged.iter().map(|judged| judged.group.sample.as_str()).collect();
    samples.sort_unstable();
    samples.dedup();
    for sample in samples {
        let own: Vec<&Judged> = judged
            .iter()
            .filter(|judged| judged.group.sample == sample)
            .collect();
        let right = own.iter().filter(|judged| judged.right).count();
        writeln!(
            out,
            "{sample}: {:.1} % right of {} on tables not learned from",
            100.0 * right as f64 / own.len() as f64,
            own.len()
        )?;
        curve(&own, out)?;
        let wrong = own
            .iter()
            .filter(|judged| !judged.right)
            .step_by(3)
            .take(options.failures);
        for judged in wrong {
            mistake(judged, out)?;
        }
    }
    Ok(())
}

fn curve(judged: &[&Judged], out: &mut impl Write) -> Result<(), Failure> {
    let mut sorted: Vec<&&Judged> = judged.iter().collect();
    sorted.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    for share in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
        let count = (sorted.len() as f64 * share) as usize;
        let right = sorted[..count].iter().filter(|judged| judged.right).count();
        write!(
            out,
            "  {:.0} %: {:.1} (p {:.2})",
            share * 100.0,
            100.0 * right as f64 / count as f64,
            sorted[count - 1].chance
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn mistake(judged: &Judged, out: &mut impl Write) -> Result<(), Failure> {
    let reachable = (0..judged.tried.answers.len()).find(|place| judged.tried.example.candidates[*place].2);
    writeln!(
        out,
        "- {} {}: {}\n    right {:?}",
        judged.group.table,
        judged.sample.id,
        judged.sample.question,
        judged.sample.answer.iter().take(4).collect::<Vec<_>>()
    )?;
    {
        let best = judged.best;
        let answer = judged.tried.answers[best]
            .as_ref()
            .map(|answer| answer.iter().take(4).cloned().collect::<Vec<_>>());
        writeln!(
            out,
            "    given {answer:?} p {:.2}\n      {}",
            judged.chance,
            judged.tried.describe(best)
        )?;
    }
    match reachable {
        Some(place) => writeln!(out, "    could {}", judged.tried.describe(place))?,
        None => writeln!(out, "    no candidate")?,
    }
    Ok(())
}

/// A fifth of the tables is never learned from, unless `--all` says so: what is measured on them is
/// measured on tables unlike those that the weights know.
fn is_held_out(table: &str) -> bool {
    fold_of(table, 25) < 5
}

fn fold_of(table: &str, folds: u64) -> u64 {
    let hash = table.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 17) % folds
}
