//! What a runner that was taken over tries on the machine, and what each attempt needs to succeed.

/// Text that the hostile program is sent in place of `{..}`.
pub struct Attack {
    pub name: &'static str,
    /// In words, for the table.
    pub what: &'static str,
    pub argument: Argument,
}

#[derive(Clone, Copy)]
pub enum Argument {
    Nothing,
    /// A file of the test outside of the sandbox.
    SecretFile,
    /// A place outside of the sandbox where the test's user may write.
    Outside,
    /// A program that could be started.
    Program,
    /// A process of the test.
    Victim,
    /// A TCP port of the test.
    Listener,
    /// An abstract Unix socket of the test.
    AbstractListener,
    /// The key of a shared memory segment of the test.
    Segment,
    /// A name for the process that stays behind.
    Daemon,
}

const fn attack(name: &'static str, what: &'static str, argument: Argument) -> Attack {
    Attack { name, what, argument }
}

pub const ATTACKS: &[Attack] = &[
    attack("read-file", "read a file", Argument::SecretFile),
    attack("write-outside", "write a file", Argument::Outside),
    attack(
        "read-environment-of-others",
        "read `/proc/N/environ`",
        Argument::Victim,
    ),
    attack("fill-scratch", "fill the disk", Argument::Nothing),
    attack("write-large-file", "write one large file", Argument::Nothing),
    attack("open-socket", "open a socket", Argument::Nothing),
    attack("connect", "connect out", Argument::Listener),
    attack(
        "connect-abstract",
        "reach a server's socket",
        Argument::AbstractListener,
    ),
    attack("share-memory", "join shared memory", Argument::Segment),
    attack("fork", "start 1,000 processes", Argument::Nothing),
    attack("run-program", "run a program", Argument::Program),
    attack("leave-daemon", "leave a daemon behind", Argument::Daemon),
    attack("trace", "trace a process", Argument::Victim),
    attack("signal", "signal a process", Argument::Victim),
    attack("signal-thread", "signal a thread", Argument::Victim),
    attack("fill-memory", "take 8 times its memory", Argument::Nothing),
    attack(
        "fill-memory-in-processes",
        "the same in 8 processes",
        Argument::Nothing,
    ),
    attack("mount", "mount", Argument::Nothing),
    attack("new-namespace", "make a user namespace", Argument::Nothing),
    attack("change-root", "change its root", Argument::Nothing),
    attack("gain-privileges", "gain privileges", Argument::Nothing),
    attack(
        "kernel-interfaces",
        "io_uring, userfaultfd, keyrings",
        Argument::Nothing,
    ),
];
