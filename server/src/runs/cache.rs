//! Answers kept for the next asker of the same thing.
//!
//! Same means: the same canonical SQL over the same version of the data under the same limits. A
//! version is a hash of the files, and the gate lets through nothing that depends on the clock or on
//! chance, so what is kept cannot grow stale. It holds no run's state: each hit is a run of its own,
//! judged by the gate and sealed, that names the run whose answer it has.

use crate::config::CacheConfig;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::Run;
use csv_analyst_protocol::runner::ResultTable;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What an entry costs beside its text: key, run id, the cache's own book-keeping.
const ENTRY_BYTES: usize = 512;
/// One answer may take this part of the whole: a few large ones must not drive out all others.
const LARGEST_SHARE: usize = 8;

/// SHA-256 over version, limits and SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    pub fn new(dataset_version: &str, canonical_sql: &str, limits: &Limits) -> Self {
        let mut digest = Sha256::new();
        // Each part is preceded by its length, so that no two triples read the same.
        for part in [dataset_version, canonical_sql, &format!("{limits:?}")] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

/// An answer as JSON: a tree of values would take several times the bytes that are counted.
struct Kept {
    run_id: String,
    table: Vec<u8>,
}

/// Absent inside: keeps nothing.
pub struct ResultCache {
    kept: Option<Cache<CacheKey, Arc<Kept>>>,
    most_bytes: usize,
}

/// What a hit gives.
#[derive(Debug, PartialEq)]
pub struct Hit {
    pub run_id: String,
    pub table: ResultTable,
}

impl ResultCache {
    pub fn new(config: CacheConfig) -> Self {
        let most_bytes = config.max_bytes / LARGEST_SHARE;
        let kept = (config.max_bytes > 0).then(|| {
            Cache::builder()
                .max_capacity(config.max_bytes as u64)
                .weigher(|_, kept: &Arc<Kept>| weight(kept))
                .build()
        });
        Self { kept, most_bytes }
    }

    pub fn find(&self, key: &CacheKey) -> Option<Hit> {
        let kept = self.kept.as_ref()?;
        let found = kept.get(key);
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("csv_analyst_cache_lookups_total", "outcome" => outcome).increment(1);
        let found = found?;
        Some(Hit {
            run_id: found.run_id.clone(),
            table: serde_json::from_slice(&found.table).ok()?,
        })
    }

    /// Keeps the answer of a run that has succeeded and is sealed.
    pub fn keep(&self, key: CacheKey, run: &Run) {
        let Some(kept) = &self.kept else { return };
        let Ok(table) = serde_json::to_vec(&table_of(run)) else {
            return;
        };
        if table.len() + ENTRY_BYTES > self.most_bytes {
            return;
        }
        let run_id = run.run_id.clone();
        kept.insert(key, Arc::new(Kept { run_id, table }));
        // At once, so that the bound holds and the figures are true.
        kept.run_pending_tasks();
        metrics::gauge!("csv_analyst_cache_bytes").set(kept.weighted_size() as f64);
        metrics::gauge!("csv_analyst_cache_entries").set(kept.entry_count() as f64);
    }
}

fn weight(kept: &Kept) -> u32 {
    u32::try_from(kept.table.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
}

fn table_of(run: &Run) -> ResultTable {
    ResultTable {
        columns: run.columns.clone(),
        rows: run.rows.clone(),
        row_count: run.row_count,
        // As the sandbox said it; a capped count is the next run's own judgement.
        truncated: (run.rows.len() as u64) < run.row_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(rows: usize) -> Run {
        serde_json::from_value(json!({
            "run_id": "run-1", "dataset_id": "films", "dataset_version": "v1", "status": "succeeded",
            "created_at": "2026-02-01T00:00:00.000Z", "columns": [{"name": "a", "type": "VARCHAR"}],
            "rows": vec![["a cell"]; rows], "row_count": rows, "truncated": false, "sql": "a", "plan": null,
            "gate": csv_analyst_protocol::gate::GateReport::default(), "limits": Limits::default(),
            "timings": csv_analyst_protocol::run::Timings::default(), "error": null,
        }))
        .unwrap()
    }

    fn key(sql: &str) -> CacheKey {
        CacheKey::new("v1", sql, &Limits::default())
    }

    fn cache(max_bytes: usize) -> ResultCache {
        ResultCache::new(CacheConfig { max_bytes })
    }

    #[test]
    fn an_answer_is_found_again_with_the_run_that_it_came_from() {
        let cache = cache(1 << 20);
        assert_eq!(cache.find(&key("a")), None);
        cache.keep(key("a"), &run(3));
        let hit = cache.find(&key("a")).unwrap();
        assert_eq!((hit.run_id.as_str(), hit.table.rows.len()), ("run-1", 3));
    }

    #[test]
    fn version_sql_and_each_limit_tell_answers_apart() {
        let limits = Limits::default();
        let fewer = Limits {
            max_rows: 199,
            ..limits
        };
        let keys = [
            CacheKey::new("v1", "a", &limits),
            CacheKey::new("v2", "a", &limits),
            CacheKey::new("v1", "b", &limits),
            CacheKey::new("v1", "a", &fewer),
            CacheKey::new("v1a", "", &limits),
            CacheKey::new("v", "1a", &limits),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[place + 1..].contains(key), "{place}");
        }
    }

    #[test]
    fn the_bytes_that_are_kept_stay_below_the_bound() {
        let bound = 64 << 10;
        let cache = cache(bound);
        for number in 0..500 {
            cache.keep(key(&number.to_string()), &run(20));
        }
        let kept = cache.kept.as_ref().unwrap();
        assert!(kept.weighted_size() <= bound as u64);
        assert!(kept.entry_count() > 10);
    }

    #[test]
    fn an_answer_that_would_drive_out_the_others_is_not_kept() {
        let cache = cache(64 << 10);
        cache.keep(key("large"), &run(2_000));
        assert_eq!(cache.find(&key("large")), None);
    }

    #[test]
    fn no_bytes_keep_nothing() {
        let cache = cache(0);
        cache.keep(key("a"), &run(1));
        assert_eq!(cache.find(&key("a")), None);
    }
}
