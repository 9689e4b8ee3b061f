//! A pod's attached stream as the wire to its runner. What the stream carries besides the runner's two
//! outputs is not looked at: how a runner ended is the cluster's word, not its own.

use crate::sandbox::wire::{StderrHead, Wire};
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncWrite, copy_buf};

/// Bytes that wait for the reader; a runner that says more is held up.
const OUTPUT_BUFFER_BYTES: usize = 256 << 10;
const INPUT_BUFFER_BYTES: usize = 512 << 10;

pub fn parameters(container: &str) -> AttachParams {
    AttachParams {
        container: Some(container.to_owned()),
        stdin: true,
        stdout: true,
        stderr: true,
        tty: false,
        max_stdin_buf_size: Some(INPUT_BUFFER_BYTES),
        max_stdout_buf_size: Some(OUTPUT_BUFFER_BYTES),
        max_stderr_buf_size: Some(8 << 10),
    }
}

/// `None` if the stream was not asked for as above.
pub fn wire(mut attached: AttachedProcess) -> Option<Wire> {
    let input = attached.stdin()?;
    let (output, errors) = (attached.stdout()?, attached.stderr()?);
    let (sink, source) = tokio::io::duplex(OUTPUT_BUFFER_BYTES);
    let stderr = StderrHead::default();
    tokio::spawn(carry(attached, output, errors, sink, stderr.clone()));
    Some(Wire::new(Box::pin(input), Box::pin(source), stderr))
}

/// Until the runner's output ends. A stream that breaks does not end its pipes, so its own end is
/// listened to as well.
async fn carry(
    mut attached: AttachedProcess,
    output: impl AsyncRead + Unpin,
    errors: impl AsyncRead + Unpin + Send + 'static,
    mut sink: impl AsyncWrite + Unpin,
    stderr: StderrHead,
) {
    let Some(status) = attached.take_status() else {
        return;
    };
    let listening = tokio::spawn(stderr.fill_from(errors));
    let mut output = tokio::io::BufReader::new(output);
    let mut copying = std::pin::pin!(copy_buf(&mut output, &mut sink));
    tokio::select! {
        biased;
        _ = &mut copying => {}
        end = status => {
            // With a last word of the stream's, its pipes end too; broken off, they never do.
            if end.is_some() {
                let _ = copying.await;
            }
        }
    }
    listening.abort();
}
