//! Both ways to ask say the same.

use super::{linux, portable};
use std::process::{Command, Stdio, id};
use std::time::Duration;

#[test]
fn the_machine_is_called_the_same_and_has_memory() {
    assert_eq!(linux::machine_name().unwrap(), portable::machine_name().unwrap());
    let (here, there) = (
        linux::available_bytes().unwrap(),
        portable::available_bytes().unwrap(),
    );
    assert!(here.abs_diff(there) < here / 2, "{here} and {there}");
    assert!(linux::release().starts_with("Linux "));
    assert!(!portable::release().is_empty());
}

#[test]
fn a_process_is_found_with_its_words_and_is_gone_when_it_has_ended() {
    let mut sleeping = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let number = i32::try_from(sleeping.id()).unwrap();
    // Until it is the program that was asked for, it is this one.
    while linux::command_line(number).is_none_or(|words| words[0] != "sleep") {
        std::thread::sleep(Duration::from_millis(1));
    }
    for (ids, words) in [
        (linux::process_ids(), linux::command_line(number)),
        (portable::process_ids(), portable::command_line(number)),
    ] {
        assert!(ids.contains(&number));
        assert_eq!(words.unwrap(), ["sleep", "600"]);
    }
    assert!(linux::exists(sleeping.id()) && portable::exists(sleeping.id()));
    sleeping.kill().unwrap();
    sleeping.wait().unwrap();
    assert!(!linux::exists(sleeping.id()) && !portable::exists(sleeping.id()));
    for words in [linux::command_line(number), portable::command_line(number)] {
        assert_eq!(words, None);
    }
    assert_eq!(
        (linux::started(sleeping.id()), portable::started(sleeping.id())),
        (None, None)
    );
}

#[test]
fn the_start_of_a_process_does_not_move_and_its_memory_is_counted() {
    let this = i32::try_from(id()).unwrap();
    for started in [linux::started, portable::started] {
        let first = started(id()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(started(id()), Some(first));
    }
    let (here, there) = (linux::resident_bytes(this), portable::resident_bytes(this));
    assert!(
        here > 1 << 20 && here.abs_diff(there) < here,
        "{here} and {there}"
    );
    assert!(linux::own_bytes(this).unwrap() < here);
    assert_eq!(portable::own_bytes(this), None);
}

#[test]
fn the_children_of_a_process_are_those_that_it_started() {
    let mut sleeping = Command::new("sh")
        .args(["-c", "sleep 600; true"])
        .spawn()
        .unwrap();
    let shell = i32::try_from(sleeping.id()).unwrap();
    let children = loop {
        match linux::children(shell) {
            none if none.is_empty() => std::thread::sleep(Duration::from_millis(1)),
            some => break some,
        }
    };
    // SAFETY: plain numbers; the shell is not yet reaped, and its child lives until it is ended here.
    unsafe { libc::kill(children[0], libc::SIGKILL) };
    sleeping.wait().unwrap();
    assert_eq!(children.len(), 1);
    assert_eq!(portable::children(shell), Vec::<i32>::new());
}
