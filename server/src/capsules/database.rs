//! Two connections, each on its own thread: one writes, one reads beside it (WAL).
//!
//! Jobs are closures, so that SQL lives in the files that know its tables. A job's answer that
//! nobody waits for any more is still carried out: a client that goes away loses no record.

use super::error::StoreError;
use super::schema;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Message {
    Work(Job),
    /// Dropped when the connection is closed.
    Close(oneshot::Sender<()>),
}

type Thread = mpsc::Sender<Message>;

pub struct Database {
    writer: Thread,
    reader: Thread,
}

/// Another process (`csv-analyst verify`) may hold a lock for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Database {
    /// `prepare` sees the record before anybody else does; if it refuses, nothing is opened.
    pub fn open<T>(
        path: &Path,
        prepare: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<(Self, T), StoreError> {
        let mut writer = connect(path)?;
        schema::migrate(&mut writer)?;
        let prepared = prepare(&writer)?;
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true)?;
        let database = Self {
            writer: serve("record-writer", writer)?,
            reader: serve("record-reader", reader)?,
        };
        Ok((database, prepared))
    }

    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        submit(&self.writer, job).await
    }

    /// What is written survives the end of this process at once, but a power failure only once the
    /// next ordinary write has ended: the disk is not waited for.
    pub fn write_ahead<T: Send + 'static, J>(
        &self,
        job: J,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, J>
    where
        J: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        submit(&self.writer, move |connection| {
            connection.pragma_update(None, "synchronous", "normal")?;
            let done = job(connection);
            connection.pragma_update(None, "synchronous", "full")?;
            done
        })
    }

    /// `after` gets the second part of what the job made, when the first has been handed out; the next
    /// job waits for it.
    pub async fn write_then<T: Send + 'static, U>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<(T, U), StoreError> + Send + 'static,
        after: impl FnOnce(U) + Send + 'static,
    ) -> Result<T, StoreError> {
        ask(&self.writer, move |connection, answer| match job(connection) {
            Ok((made, rest)) => {
                let _ = answer.send(Ok(made));
                after(rest);
            }
            Err(error) => {
                let _ = answer.send(Err(error));
            }
        })
        .await
    }

    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        submit(&self.reader, job).await
    }

    /// After what was asked before; whoever asks later hears that the record is closed. The last
    /// connection puts the log into the database and removes it, so that a stopped service's record
    /// is one file that can be read where nothing can be written.
    pub async fn close(&self) {
        close(&self.reader).await;
        close(&self.writer).await;
    }
}

async fn close(thread: &Thread) {
    let (sender, closed) = oneshot::channel();
    if thread.send(Message::Close(sender)).is_ok() {
        let _ = closed.await;
    }
}

/// For a look at a record, beside a running server or without one: makes nothing, changes nothing.
pub fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    if !path.is_file() {
        return Err(StoreError::NoRecord(path.to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match at_rest(path) {
        Some(address) => Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Even to read, SQLite makes the two files through which readers and a writer meet, and a server of
/// another user could then not open them. Where they are not there, nobody writes, and none are needed.
fn at_rest(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    if Path::new(&format!("{text}-wal")).exists() {
        return None;
    }
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Some(format!("file:{escaped}?immutable=1"))
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

fn serve(name: &str, mut connection: Connection) -> Result<Thread, StoreError> {
    let (sender, messages) = mpsc::channel();
    let work = move || {
        let closing = loop {
            match messages.recv() {
                Ok(Message::Work(job)) => job(&mut connection),
                Ok(Message::Close(closing)) => break Some(closing),
                Err(_) => break None,
            }
        };
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "the record could not be closed");
        }
        drop(closing);
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(StoreError::Thread)?;
    Ok(sender)
}

fn submit<T: Send + 'static, J>(
    thread: &Thread,
    job: J,
) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, J>
where
    J: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
{
    ask(thread, |connection, answer| {
        let _ = answer.send(job(connection));
    })
}

/// The one who asked may be gone when the answer is there; the work is done all the same.
fn ask<T: Send + 'static, W>(
    thread: &Thread,
    work: W,
) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, W>
where
    W: FnOnce(&mut Connection, oneshot::Sender<Result<T, StoreError>>) + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| work(connection, answer));
    let sent = thread.send(Message::Work(job));
    async move {
        sent.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}
