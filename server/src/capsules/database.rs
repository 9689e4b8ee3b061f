//! Two connections, each on its own thread: one writes, one reads beside it (WAL).
//!
//! Jobs are closures, so that SQL lives in the files that know its tables. A job's answer that
//! nobody waits for any more is still carried out: a client that goes away loses no record.

use super::error::StoreError;
use super::schema;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub struct Database {
    writer: mpsc::Sender<Job>,
    reader: mpsc::Sender<Job>,
}

/// Another process (`csv-analyst verify`) may hold a lock for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Database {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = connect(path)?;
        schema::migrate(&mut writer)?;
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(Self {
            writer: serve("record-writer", writer)?,
            reader: serve("record-reader", reader)?,
        })
    }

    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        submit(&self.writer, job).await
    }

    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        submit(&self.reader, job).await
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: a sealed answer that a client has seen survives a power failure, too.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

fn serve(name: &str, mut connection: Connection) -> Result<mpsc::Sender<Job>, StoreError> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let work = move || {
        while let Ok(job) = jobs.recv() {
            job(&mut connection);
        }
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(StoreError::Thread)?;
    Ok(sender)
}

fn submit<T: Send + 'static>(
    thread: &mpsc::Sender<Job>,
    job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> impl Future<Output = Result<T, StoreError>> {
    let (answer, answered) = oneshot::channel();
    let sent = thread.send(Box::new(move |connection| {
        // The one who asked may be gone; the work is done all the same.
        let _ = answer.send(job(connection));
    }));
    async move {
        sent.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}
