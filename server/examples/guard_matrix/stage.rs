//! What the attacks are aimed at, all of it the test's own: a file, a process, sockets, memory.

use super::attacks::Argument;
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{Gate, GateSchema, ValidatedQuery};
use csv_analyst_server::sandbox::{
    Execution, Request, SandboxClass, SandboxError, SandboxProvider, SandboxSettings,
};
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const RUN_ID: &str = "run-of-the-matrix";

pub struct Stage {
    gate: Gate,
    schema: GateSchema,
    pub hostile: PathBuf,
    folder: TempDir,
    victim: Child,
    listener: TcpListener,
    abstract_name: String,
    _abstract_listener: UnixListener,
    segment: Segment,
}

impl Stage {
    pub fn new(gate: Gate, hostile: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("secret"), "a secret")?;
        // What a run mounts; the hostile runner does not open it.
        std::fs::write(folder.path().join("snapshot"), "")?;
        // A copy, so that its processes are this test's, whoever else uses the program.
        let own_copy = folder.path().join("runner-native-hostile");
        std::fs::copy(hostile, &own_copy)?;
        // Stages of one process stand side by side.
        let abstract_name = format!("csv-analyst-matrix-{}", uuid::Uuid::now_v7());
        let address = SocketAddr::from_abstract_name(&abstract_name)?;
        Ok(Self {
            gate,
            schema: GateSchema::new(&dataset()),
            hostile: own_copy.canonicalize()?,
            folder,
            listener: TcpListener::bind("127.0.0.1:0")?,
            abstract_name,
            _abstract_listener: UnixListener::bind_addr(&address)?,
            segment: Segment::new()?,
            // Last: what was begun before a failure would be left.
            victim: victim()?,
        })
    }

    pub fn argument(&self, wanted: Argument, in_container: bool, daemon: &str) -> String {
        let path = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        match wanted {
            Argument::Nothing => String::new(),
            Argument::SecretFile => path("secret"),
            Argument::Outside if in_container => "/taken-over".into(),
            Argument::Outside => path("taken-over"),
            Argument::Program if in_container => "/runner-native".into(),
            Argument::Program => "/bin/true".into(),
            Argument::Victim => self.victim.id().to_string(),
            Argument::Listener => self
                .listener
                .local_addr()
                .map_or_else(|_| String::new(), |a| a.to_string()),
            Argument::AbstractListener => self.abstract_name.clone(),
            Argument::Segment => self.segment.key.to_string(),
            Argument::Daemon => daemon.into(),
        }
    }

    /// A whole checked query whose text tells the hostile runner what to do.
    pub fn order(&self, attack: &str, argument: &str) -> ValidatedQuery {
        let sql = format!("SELECT count(*) AS n, 'ATTACK {attack} {argument}' AS attack FROM numbers");
        let query = UntrustedQuery::Sql(sql);
        let decision = self.gate.check(&query, &self.schema, &limits());
        decision
            .outcome
            .unwrap_or_else(|rejection| panic!("{}", rejection.message))
    }

    fn class(&self) -> SandboxClass {
        SandboxClass {
            snapshot: self.folder.path().join("snapshot"),
            dataset_version: "1".into(),
            resources: limits().resources(),
        }
    }

    pub fn settings(&self) -> SandboxSettings {
        SandboxSettings {
            runner_binary: self.hostile.clone(),
            instance_label: format!("matrix-{}", uuid::Uuid::now_v7()),
            ..SandboxSettings::default()
        }
    }

    /// One sandbox, one order, destroyed.
    pub async fn run(
        &self,
        provider: &dyn SandboxProvider,
        order: &ValidatedQuery,
        timeout_ms: u64,
    ) -> Result<Execution, SandboxError> {
        let sandbox = provider.start(&self.class()).await?;
        let limits = Limits {
            timeout_ms,
            ..limits()
        };
        let request = Request {
            query: order,
            run_id: RUN_ID,
            limits: &limits,
        };
        let mut used = sandbox.execute(request, &CancellationToken::new()).await;
        used.remains.destroy().await?;
        used.outcome
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It ends by itself, should this fail.
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

/// Small, so that passing them is quick.
pub fn limits() -> Limits {
    Limits {
        memory_bytes: 128 << 20,
        scratch_bytes: 16 << 20,
        ..Limits::default()
    }
}

fn dataset() -> Dataset {
    Dataset {
        id: "counting".into(),
        name: "Counting".into(),
        version: "1".into(),
        tables: vec![Table {
            name: "numbers".into(),
            file: "numbers.csv".into(),
            columns: vec![Column {
                name: "n".into(),
                kind: ColumnType::Integer,
                ..Column::default()
            }],
            ..Table::default()
        }],
        ..Dataset::default()
    }
}

/// System V shared memory, which has no owner that the kernel would clean up after.
struct Segment {
    key: i32,
    id: i32,
}

/// It holds none of this process' outputs: whoever reads those would wait for it.
fn victim() -> io::Result<Child> {
    Command::new("sleep")
        .arg("600")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

impl Segment {
    fn new() -> io::Result<Self> {
        // Of chance: the stages of one process must not take each other's away.
        let chance = uuid::Uuid::new_v4().as_u128() & 0xffff;
        let key = 0x6373_0000 | chance as i32;
        // SAFETY: plain numbers.
        match unsafe { libc::shmget(key, 4_096, libc::IPC_CREAT | 0o666) } {
            -1 => Err(io::Error::last_os_error()),
            id => Ok(Self { key, id }),
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: no structure is read for this command.
        unsafe { libc::shmctl(self.id, libc::IPC_RMID, std::ptr::null_mut()) };
    }
}
