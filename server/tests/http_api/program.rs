//! The real program: what it prints, how it ends, whom its files are for, when it warns.

use crate::support::{Artefacts, artefacts, process_settings};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

struct Case {
    directory: TempDir,
}

impl Case {
    fn new(artefacts: &Artefacts) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let settings = process_settings(artefacts);
        std::fs::write(directory.path().join("csv-analyst.toml"), settings).expect("a file");
        let sales =
            "sale_id,category,amount\n1,\u{1b}]0;owned\u{7}Toys,5\n2,\u{1b}]0;owned\u{7}Toys,6\n3,Books,7\n";
        std::fs::write(directory.path().join("sales.csv"), sales).expect("a file");
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
        command
            .arg(subcommand)
            .arg("--config")
            .arg(self.path("csv-analyst.toml"))
            .arg("--data-directory")
            .arg(self.path("data"));
        command
    }

    fn ask(&self, question: &str) -> Output {
        let dataset = format!("sales={}", self.path("sales.csv").display());
        let mut command = self.command("ask");
        command.args(["--dataset", &dataset, question]);
        command.output().expect("the program runs")
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

#[test]
fn ask_prints_data_harmlessly_and_says_by_its_exit_code_whether_it_answered() {
    let Some(artefacts) = artefacts("ask on the command line") else {
        return;
    };
    let case = Case::new(&artefacts);
    let answered = case.ask("total amount by category");
    let text = String::from_utf8_lossy(&answered.stdout);
    assert_eq!(answered.status.code(), Some(0), "{answered:?}");
    assert!(text.contains("\\u{1b}]0;owned\\u{7}Toys"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    let declined = case.ask("what will the weather in Paris be tomorrow");
    assert_eq!(declined.status.code(), Some(1), "{declined:?}");
    assert!(!declined.stdout.is_empty());

    let data = case.path("data");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("records.sqlite3")), 0o600);
    for file in std::fs::read_dir(data.join("snapshots"))
        .expect("a folder")
        .flatten()
    {
        assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
    }
}

#[test]
fn a_server_that_others_can_reach_warns_of_that() {
    let Some(artefacts) = artefacts("warning when exposed") else {
        return;
    };
    let case = Case::new(&artefacts);
    let log_until_it_listens = |listen: &str| {
        let mut server = case
            .command("serve")
            .args(["--listen", listen])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let lines = BufReader::new(server.stderr.take().expect("a pipe")).lines();
        let mut log = String::new();
        for line in lines.map_while(Result::ok) {
            let listens = line.contains("listening on");
            log.push_str(&line);
            if listens {
                break;
            }
        }
        server.kill().expect("it is killed");
        server.wait().expect("it has ended");
        log
    };
    let exposed = log_until_it_listens("0.0.0.0:0");
    assert!(
        exposed.contains("WARN") && exposed.contains("no accounts"),
        "{exposed}"
    );
    let own = log_until_it_listens("127.0.0.1:0");
    assert!(own.contains("listening") && !own.contains("no accounts"), "{own}");
}

#[test]
fn a_page_folder_that_is_not_there_is_refused_at_the_start() {
    let Some(artefacts) = artefacts("a missing page folder") else {
        return;
    };
    let case = Case::new(&artefacts);
    let refused = case
        .command("serve")
        .args(["--listen", "127.0.0.1:0", "--site-directory", "/nowhere/site"])
        .output()
        .expect("the program runs");
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains("/nowhere/site"), "{text}");
}

#[test]
fn datasets_tells_what_is_in_files_what_was_assumed_and_what_is_refused() {
    let Some(artefacts) = artefacts("datasets on the command line") else {
        return;
    };
    let case = Case::new(&artefacts);
    std::fs::write(case.path("german.csv"), "tag;preis\n31.12.2025;1,5\n").expect("a file");
    std::fs::write(case.path("bad.csv"), "a,b\n1,2,3\n").expect("a file");
    let mut command = case.command("datasets");
    for name in ["german", "bad"] {
        let file = case.path(&format!("{name}.csv"));
        command.args(["--dataset", &format!("{name}={}", file.display())]);
    }
    let output = command.output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("german: 1 row, 2 columns"), "{text}");
    assert!(
        text.contains("german.csv, column preis: Read as numbers"),
        "{text}"
    );
    assert!(text.contains("decimal_mark = \".\""), "{text}");
    assert!(text.contains("cannot be asked: bad.csv, line 2: "), "{text}");
    assert!(!output.status.success(), "one of them can't be asked");
}
