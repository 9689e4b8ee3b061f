//! The parts that answer questions, put together without a server or a record, and the way of all
//! questions through them.

use super::{EvalError, Out, Question, Tables, Tally, Work};
use crate::config::Config;
use crate::datasets::Catalog;
use crate::gate::Gate;
use crate::sandbox::{self, Pool, PoolSettings, SandboxChoice};
use crate::services::{load_gate, preparation};
use csv_analyst_protocol::limits::Limits;
use futures::{StreamExt, stream};
use std::collections::HashSet;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub struct Evaluation {
    pub(super) catalog: Catalog,
    pub(super) tables: Tables,
    pub(super) gate: Gate,
    pub(super) pool: Arc<Pool>,
    pub(super) limits: Limits,
    pub(super) planner: csv_analyst_planner::Settings,
}

impl Evaluation {
    pub async fn open(
        config: Config,
        planner: csv_analyst_planner::Settings,
        tables: Tables,
        work: &Work,
    ) -> Result<Self, EvalError> {
        let config = for_many_questions(config);
        let gate_cache = config.gate.cache_directory.clone();
        let gate = load_gate(&config.gate, gate_cache.unwrap_or_else(|| work.gate_cache())).await?;
        let provider = sandbox::choose(&config.sandbox).await;
        let provider = provider.map_err(crate::services::StartError::from)?;
        // Each question's table is another: nothing that was started ahead would be asked again.
        let pool = Arc::new(Pool::new(provider, PoolSettings::off()));
        let preparation = preparation(&config, &gate, &pool, work.snapshots());
        Ok(Self {
            catalog: Catalog::new(preparation, tables.sources.clone()),
            tables,
            gate,
            pool,
            limits: config.limits,
            planner,
        })
    }

    /// Asks them all, `jobs` at a time, and writes their ends in the questions' order. `told` hears
    /// after each how things stand. When it is stopped, those on their way are given up.
    pub async fn run(
        &self,
        questions: &[Question],
        jobs: usize,
        out: &mut Out,
        stop: &CancellationToken,
        mut told: impl FnMut(&Tally),
    ) -> Result<Tally, EvalError> {
        let mut tally = Tally::new(questions.len());
        let asked = stream::iter(questions).take_until(stop.cancelled());
        let answering = asked.map(|question| self.answer(question, stop)).buffered(jobs);
        let mut answers = pin!(answering);
        while let Some(answered) = answers.next().await {
            if let Some(prediction) = answered {
                out.write(&prediction)?;
                tally.count(&prediction.end);
                told(&tally);
            }
        }
        Ok(tally)
    }

    /// What the planner is told of each table that can be read, by the table's name.
    pub async fn write_schemas(&self, questions: &[Question], directory: &Path) -> Result<(), EvalError> {
        let failed = |reason| EvalError::Schemas {
            path: directory.to_owned(),
            reason,
        };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let mut written = HashSet::new();
        for data in questions.iter().map(|question| &question.data) {
            if !written.insert(data) {
                continue;
            }
            if let Ok(dataset) = self.catalog.get_patiently(self.tables.dataset_id(data)).await {
                let path = directory.join(format!("{}.json", data.name()));
                let text = serde_json::to_vec(&*dataset.dataset).unwrap_or_default();
                std::fs::write(path, text).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Returns when no file is being read any more, so that the snapshots' folder can go.
    pub async fn close(self) {
        self.catalog.shut_down().await;
        self.pool.shut_down().await;
    }
}

/// A container for each of a thousand questions would take ten times as long and answer the same, so
/// one is used only where the configuration asks for it. An answer is compared whole: as many rows as a
/// request may ever ask for.
fn for_many_questions(mut config: Config) -> Config {
    if config.sandbox.kind == SandboxChoice::Auto {
        config.sandbox.kind = SandboxChoice::Process;
    }
    config.limits.max_rows = config.limits.max_rows.max(config.maximum.max_rows);
    config.inform_sandboxes();
    config
}
