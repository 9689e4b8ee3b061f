//! Where control groups are mounted, and where in them this process is. Reads `/proc` only.

use std::path::{Path, PathBuf};

/// What a sandbox is limited in.
pub const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// One mounted hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// The mount's root, where groups begin.
    pub mount: PathBuf,
    /// The folder of this process's own group.
    pub own: PathBuf,
    /// Version 1: the controllers that it holds.
    controllers: Vec<String>,
    unified: bool,
}

pub struct Hierarchies(Vec<Hierarchy>);

impl Hierarchies {
    pub fn of_this_process() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        Self::parse(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
    }

    fn parse(mounts: &str, memberships: &str) -> Self {
        Self(
            mounts
                .lines()
                .filter_map(|line| hierarchy(line, memberships))
                .collect(),
        )
    }

    /// The version 2 hierarchy, if it has what is needed (in mixed set-ups version 1 holds it).
    pub fn unified(&self) -> Option<&Hierarchy> {
        let unified = self.0.iter().find(|hierarchy| hierarchy.unified)?;
        let available = std::fs::read_to_string(unified.own.join("cgroup.controllers")).unwrap_or_default();
        let has = |wanted: &&str| available.split_whitespace().any(|each| each == *wanted);
        CONTROLLERS.iter().all(has).then_some(unified)
    }

    /// Version 1: this process's own group in each controller's hierarchy, in the order of
    /// [`CONTROLLERS`].
    pub fn separate(&self) -> Option<Vec<PathBuf>> {
        let own = |wanted: &str| {
            let mut found = self.0.iter().filter(|hierarchy| !hierarchy.unified);
            let found = found.find(|hierarchy| hierarchy.controllers.iter().any(|each| each == wanted))?;
            Some(found.own.clone())
        };
        CONTROLLERS.into_iter().map(own).collect()
    }
}

/// A line of mountinfo (proc(5)): id, parent, device, root, mount point, options, tags, `-`, type,
/// source, options of the file system.
fn hierarchy(line: &str, memberships: &str) -> Option<Hierarchy> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (root, mount) = (place.next()?, place.next()?);
    let mut kind = kind.split(' ');
    let unified = match kind.next()? {
        "cgroup2" => true,
        "cgroup" => false,
        _ => return None,
    };
    let controllers: Vec<String> = kind.nth(1)?.split(',').map(str::to_owned).collect();
    let path = membership(memberships, if unified { None } else { Some(&controllers) })?;
    // In a container the mount may show a part of the hierarchy only.
    let below = Path::new(path).strip_prefix(root).unwrap_or(Path::new(""));
    Some(Hierarchy {
        mount: mount.into(),
        own: Path::new(mount).join(below),
        controllers,
        unified,
    })
}

/// A line of `/proc/self/cgroup`: number, controllers, path. Version 2 has no controllers there.
fn membership<'a>(memberships: &'a str, controllers: Option<&[String]>) -> Option<&'a str> {
    memberships.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (names, path) = (parts.next()?, parts.next()?);
        let matches = match controllers {
            None => names.is_empty(),
            Some(wanted) => names
                .split(',')
                .any(|name| !name.is_empty() && wanted.iter().any(|each| each == name)),
        };
        matches.then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str = "\
30 20 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 20 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 20 0:28 / /sys/fs/cgroup/pids rw shared:7 - cgroup cgroup rw,pids
33 20 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
34 20 0:30 / /tmp rw - tmpfs tmpfs rw";
    const MEMBER: &str = "4:memory:/services/a\n8:pids:/\n1:cpu,cpuacct:/b\n0::/services";

    #[test]
    fn version_one_has_a_folder_for_each_controller() {
        let found = Hierarchies::parse(MIXED, MEMBER).separate().unwrap();
        let wanted = [
            "/sys/fs/cgroup/memory/services/a",
            "/sys/fs/cgroup/pids",
            "/sys/fs/cgroup/cpu,cpuacct/b",
        ];
        assert_eq!(found, wanted.map(PathBuf::from));
    }

    #[test]
    fn a_missing_controller_is_missing() {
        let without = MIXED.replace("rw,pids", "rw,devices");
        assert_eq!(Hierarchies::parse(&without, MEMBER).separate(), None);
    }

    #[test]
    fn a_container_sees_its_part_of_the_hierarchy() {
        let line = "30 20 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw";
        let own = |member| hierarchy(line, member).unwrap().own;
        assert_eq!(own("0::/docker/1/inner"), Path::new("/sys/fs/cgroup/inner"));
        assert_eq!(own("0::/"), Path::new("/sys/fs/cgroup/"));
    }
}
