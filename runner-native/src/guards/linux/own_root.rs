//! A root of its own: an empty memory file system that holds the named files and nothing else.
//!
//! Alone it hides every other file, program, device and `/proc`; with landlock there are two walls.
//! The old root is detached, so nothing below it can be reached any more, by whatever name.

use crate::guards::{GuardFailure, Reach};
use std::ffi::{CStr, CString};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder that every Linux has, on which the new root is built. Nothing needs the old one's
/// contents any more.
const SITE: &str = "/proc";

/// Folders and mount points only.
const ROOT_OPTIONS: &CStr = c"size=1m,nr_inodes=16k,mode=0755";

const QUIET: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;

pub fn enter(reach: &Reach<'_>) -> Result<(), GuardFailure> {
    mount(None, "/".as_ref(), libc::MS_REC | libc::MS_PRIVATE, None)?;
    mount(Some(c"tmpfs"), SITE.as_ref(), QUIET, Some(ROOT_OPTIONS))?;
    // Folders first: a readable file may lie in a writable one.
    for folder in reach.writable.iter().chain(&reach.clearable) {
        bind(folder, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)?;
    }
    for file in &reach.readable {
        let closed = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
        bind(file, closed | libc::MOUNT_ATTR_NOEXEC)?;
    }
    if let Some((folder, bytes)) = reach.scratch {
        mount_scratch(folder, bytes)?;
    }
    set_attributes(SITE.as_ref(), libc::MOUNT_ATTR_RDONLY)?;
    leave_old_root()
}

/// The same path, below the new root.
fn inside(path: &Path) -> PathBuf {
    Path::new(SITE).join(path.strip_prefix("/").unwrap_or(path))
}

/// What is not there can't be bound and stays absent; the engine then says so.
fn bind(path: &Path, attributes: u64) -> Result<(), GuardFailure> {
    let Ok(source) = path.canonicalize() else {
        return Ok(());
    };
    let absolute = std::path::absolute(path).map_err(|error| GuardFailure::System("own root", error))?;
    let target = inside(&absolute);
    make_place(&target, source.is_dir()).map_err(|error| GuardFailure::System("mount point", error))?;
    let source = terminated(&source)?;
    mount(Some(&source), &target, libc::MS_BIND, None)?;
    set_attributes(&target, attributes)
}

fn make_place(target: &Path, folder: bool) -> std::io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true).mode(0o755);
    if folder {
        return folders.create(target);
    }
    if let Some(parent) = target.parent() {
        folders.create(parent)?;
    }
    if !target.exists() {
        OpenOptions::new().write(true).create_new(true).open(target)?;
    }
    Ok(())
}

fn mount_scratch(folder: &Path, bytes: u64) -> Result<(), GuardFailure> {
    let target = inside(folder);
    make_place(&target, true).map_err(|error| GuardFailure::System("scratch", error))?;
    let options = format!("size={bytes},mode=0700");
    let options = terminated(options.as_ref())?;
    mount(Some(c"tmpfs"), &target, QUIET, Some(&options))
}

/// The old root goes on top of the new one and is taken away (pivot_root(2), "." twice).
fn leave_old_root() -> Result<(), GuardFailure> {
    let site = terminated(SITE.as_ref())?;
    let dot = c".".as_ptr();
    // SAFETY: all strings end in NUL and outlive the calls.
    let (enter, pivot, unmount, leave) = unsafe {
        (
            || libc::c_long::from(libc::chdir(site.as_ptr())),
            || libc::syscall(libc::SYS_pivot_root, dot, dot),
            || libc::c_long::from(libc::umount2(dot, libc::MNT_DETACH)),
            || libc::c_long::from(libc::chdir(c"/".as_ptr())),
        )
    };
    in_turn(&[
        ("chdir", &enter),
        ("pivot_root", &pivot),
        ("umount old root", &unmount),
        ("chdir", &leave),
    ])
}

type Call<'a> = (&'static str, &'a dyn Fn() -> libc::c_long);

/// Up to the first call that fails, whose reason is told.
fn in_turn(calls: &[Call<'_>]) -> Result<(), GuardFailure> {
    for (what, call) in calls {
        if call() != 0 {
            return Err(GuardFailure::last(what));
        }
    }
    Ok(())
}

/// `source` is a path, or the file system's type where there is none.
fn mount(
    source: Option<&CStr>,
    target: &Path,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> Result<(), GuardFailure> {
    let target = terminated(target)?;
    let source = source.unwrap_or(c"none").as_ptr();
    let options = options.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: all strings end in NUL and outlive the call; a bind ignores the type.
    match unsafe { libc::mount(source, target.as_ptr(), source, flags, options.cast()) } {
        0 => Ok(()),
        _ => Err(GuardFailure::last("mount")),
    }
}

fn set_attributes(target: &Path, attributes: u64) -> Result<(), GuardFailure> {
    let attributes = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: libc::MS_PRIVATE,
        userns_fd: 0,
    };
    let target = terminated(target)?;
    // SAFETY: the path ends in NUL, the struct is live and its size is given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            0 as libc::c_uint,
            &attributes,
            size_of_val(&attributes),
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(GuardFailure::last("mount_setattr")),
    }
}

fn terminated(path: &Path) -> Result<CString, GuardFailure> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| GuardFailure::Other("a name holds a NUL".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_that_failed_is_told_with_its_own_reason_and_none_follows_it() {
        // SAFETY: the string ends in NUL and outlives the call.
        let nowhere = || libc::c_long::from(unsafe { libc::chdir(c"/nowhere/at/all".as_ptr()) });
        let result = in_turn(&[
            ("first", &|| 0),
            ("second", &nowhere),
            ("third", &|| unreachable!("the second failed")),
        ]);
        let Err(GuardFailure::System(what, reason)) = result else {
            panic!("it went through");
        };
        assert_eq!((what, reason.raw_os_error()), ("second", Some(libc::ENOENT)));
    }
}
