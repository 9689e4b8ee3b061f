//! `runner-native receive` and `sweep`: a snapshot arrives whole or not at all, whatever is sent, and
//! only what is this installation's and not needed is removed.

use csv_analyst_protocol::transfer::{MAX_LINE_BYTES, SNAPSHOT_FILE, TransferAnswer};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const RUNNER: &str = env!("CARGO_BIN_EXE_runner-native");

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn runner(command: &str, folder: &Path, said: &[u8]) -> (Option<i32>, Vec<TransferAnswer>) {
    let mut child = Command::new(RUNNER)
        .args([command, "--folder"])
        .arg(folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the runner starts");
    // One that has refused listens no more.
    let _ = child.stdin.take().expect("a pipe").write_all(said);
    let output = child.wait_with_output().expect("the runner ends");
    let lines = String::from_utf8(output.stdout).expect("text");
    let answers = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer"));
    (output.status.code(), answers.collect())
}

fn announced(bytes: usize, content: &[u8]) -> Vec<u8> {
    let digits: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{{\"bytes\":{bytes},\"sha256\":\"{digits}\"}}\n").into_bytes()
}

fn sent(content: &[u8]) -> Vec<u8> {
    [announced(content.len(), content), content.to_vec()].concat()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Longer than a block, and no multiple of one.
fn content() -> Vec<u8> {
    (0..1_000_003_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect()
}

#[test]
fn a_snapshot_arrives_byte_for_byte_and_is_not_wanted_again() {
    let folder = folder();
    let (status, answers) = runner("receive", folder.path(), &sent(&content()));
    assert_eq!(
        (status, answers),
        (Some(0), vec![TransferAnswer::Wanted, TransferAnswer::Stored])
    );
    assert_eq!(names(folder.path()), [SNAPSHOT_FILE]);
    let stored = std::fs::read(folder.path().join(SNAPSHOT_FILE)).expect("it is there");
    assert!(stored == content());
    let (status, answers) = runner("receive", folder.path(), &announced(stored.len(), &stored));
    assert_eq!((status, answers), (Some(0), vec![TransferAnswer::Present]));
}

#[test]
fn what_is_there_but_another_is_replaced() {
    let folder = folder();
    let place = folder.path().join(SNAPSHOT_FILE);
    let content = content();
    for torn in [&b""[..], &content[..500_000], &[&content[..], b"x"].concat()] {
        std::fs::write(&place, torn).expect("it can be written");
        let (_, answers) = runner("receive", folder.path(), &sent(&content));
        assert_eq!(answers.last(), Some(&TransferAnswer::Stored));
        assert!(std::fs::read(&place).expect("it is there") == content);
    }
}

fn refused(said: &[u8]) {
    let folder = folder();
    let (status, answers) = runner("receive", folder.path(), said);
    assert_eq!(status, Some(2));
    assert!(
        matches!(answers.last(), Some(TransferAnswer::Refused(_))),
        "{answers:?}"
    );
    assert_eq!(names(folder.path()), [""; 0], "something is left");
}

#[test]
fn what_breaks_off_or_is_not_what_was_announced_leaves_nothing() {
    let content = content();
    refused(&[announced(content.len(), &content), content[..999_999].to_vec()].concat());
    let mut other = content.clone();
    other[500_000] ^= 1;
    refused(&[announced(content.len(), &content), other].concat());
    // Of a longer one, what was announced is taken, and is another then.
    refused(&[announced(10, &content), content.clone()].concat());
}

#[test]
fn requests_that_are_none_too_long_or_too_large_are_refused() {
    refused(b"");
    refused(b"{}\n");
    refused(b"\xff\xfe\n");
    refused(b"{\"bytes\":1,\"sha256\":\"00\"");
    refused(b"{\"bytes\":-1,\"sha256\":\"00\"}\n");
    refused(b"{\"bytes\":18446744073709551615,\"sha256\":\"00\"}\n");
    refused(b"{\"bytes\":1,\"sha256\":\"00\",\"path\":\"/etc/passwd\"}\n");
    refused(&vec![b' '; MAX_LINE_BYTES as usize + 1]);
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let (status, answers) = runner("receive", &folder().path().join("absent"), &sent(b"x"));
    assert_eq!(status, Some(2));
    assert!(
        matches!(answers.last(), Some(TransferAnswer::Refused(_))),
        "{answers:?}"
    );
}

#[test]
fn only_own_folders_that_are_not_needed_are_swept() {
    let root = folder();
    let digits = |digit: &str| digit.repeat(32);
    let (old, live) = (format!("chat-{}", digits("a")), format!("chat-{}", digits("b")));
    let others = [
        format!("chat-two-{}", digits("a")),
        format!("other-{}", digits("a")),
        "chat-notes".into(),
    ];
    for name in others.iter().chain([&old, &live]) {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder).expect("it can be made");
        std::fs::write(folder.join(SNAPSHOT_FILE), "x").expect("it can be written");
    }
    std::fs::write(root.path().join(&live).join("0.partial"), "x").expect("it can be written");
    let request = format!("{{\"prefix\":\"chat-\",\"keep\":[\"{live}\"]}}\n");
    let (status, answers) = runner("sweep", root.path(), request.as_bytes());
    assert_eq!((status, answers), (Some(0), vec![TransferAnswer::Swept(1)]));
    assert!(!root.path().join(&old).exists());
    assert_eq!(names(&root.path().join(&live)), [SNAPSHOT_FILE]);
    for other in &others {
        assert!(root.path().join(other).join(SNAPSHOT_FILE).exists(), "{other}");
    }
}

#[test]
fn a_link_in_a_folder_s_place_is_not_followed() {
    let (root, elsewhere) = (folder(), folder());
    std::fs::write(elsewhere.path().join("precious"), "x").expect("it can be written");
    let link = root.path().join(format!("chat-{}", "a".repeat(32)));
    std::os::unix::fs::symlink(elsewhere.path(), &link).expect("it can be made");
    let (_, answers) = runner("sweep", root.path(), b"{\"prefix\":\"chat-\",\"keep\":[]}\n");
    assert_eq!(answers, [TransferAnswer::Swept(0)]);
    assert!(elsewhere.path().join("precious").exists());
}
