//! The conversation between service and runner, once both sides have agreed on it: the service's bytes go to
//! the runner's input, and its two outputs come back in the engine's frames, each written anew.

use bollard::container::{AttachContainerResults, LogOutput};
use futures::StreamExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const HEADER_BYTES: usize = 8;

pub async fn converse(service: OnUpgrade, runner: AttachContainerResults) {
    match service.await {
        Ok(upgraded) => {
            let (from_service, to_service) = tokio::io::split(TokioIo::new(upgraded));
            between(from_service, to_service, runner).await;
        }
        Err(error) => tracing::warn!(%error, "the service did not take up the conversation"),
    }
}

/// Until the runner's output ends. The end of the service's side is passed on, and ends the runner.
async fn between(
    mut from_service: impl AsyncRead + Unpin,
    mut to_service: impl AsyncWrite + Unpin,
    runner: AttachContainerResults,
) {
    let AttachContainerResults {
        mut output,
        mut input,
    } = runner;
    let asking = async {
        let _ = tokio::io::copy(&mut from_service, &mut input).await;
        let _ = input.shutdown().await;
        std::future::pending::<()>().await;
    };
    let answering = async {
        while let Some(Ok(frame)) = output.next().await {
            if to_service.write_all(&framed(&frame)).await.is_err() || to_service.flush().await.is_err() {
                return;
            }
        }
        let _ = to_service.shutdown().await;
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
}

fn framed(frame: &LogOutput) -> Vec<u8> {
    let (stream, message) = match frame {
        LogOutput::StdErr { message } => (STDERR, message),
        LogOutput::StdIn { message } | LogOutput::StdOut { message } | LogOutput::Console { message } => {
            (STDOUT, message)
        }
    };
    let mut bytes = Vec::with_capacity(HEADER_BYTES + message.len());
    bytes.extend([stream, 0, 0, 0]);
    // The engine's own frames have a length of this size.
    bytes.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(message);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn both_sides_hear_each_other_and_the_end_is_passed_on() {
        let (service, ours) = tokio::io::duplex(1024);
        let (input, mut runner_input) = tokio::io::duplex(1024);
        let (say, output) = futures::channel::mpsc::unbounded();
        let runner = AttachContainerResults {
            output: Box::pin(output),
            input: Box::pin(input),
        };
        let (read, write) = tokio::io::split(ours);
        let going = tokio::spawn(between(read, write, runner));

        let (mut from_proxy, mut to_proxy) = tokio::io::split(service);
        to_proxy.write_all(b"ask\n").await.unwrap();
        to_proxy.shutdown().await.unwrap();
        let mut asked = String::new();
        runner_input.read_to_string(&mut asked).await.unwrap();
        assert_eq!(asked, "ask\n");

        say.unbounded_send(Ok(LogOutput::StdErr { message: "e".into() }))
            .unwrap();
        say.unbounded_send(Ok(LogOutput::StdOut {
            message: "yes".into(),
        }))
        .unwrap();
        drop(say);
        let mut heard = Vec::new();
        from_proxy.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"\x02\0\0\0\0\0\0\x01e\x01\0\0\0\0\0\0\x03yes");
        going.await.unwrap();
    }
}
