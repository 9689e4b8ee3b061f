//! Where a shared library comes from: the distribution's package that owns the file, or DuckDB's release.

use std::path::Path;
use std::process::Command;

use crate::process;

#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    pub package: String,
    pub version: String,
    pub package_url: String,
}

/// `None` for a file that nobody's package owns: it is listed with its hash all the same.
pub fn origin(file: &Path) -> Option<Origin> {
    let name = file.file_name()?.to_str()?;
    match name.starts_with("libduckdb.") {
        true => of_duckdb(file),
        false => of_debian(file),
    }
}

/// The version is checked against the library's own words when it is fetched (`setup`); here it is read
/// from the folder that it was put in, and left out where a person put it elsewhere.
fn of_duckdb(file: &Path) -> Option<Origin> {
    let version = file.parent()?.file_name()?.to_str()?;
    let is_version =
        version.split('.').count() == 3 && version.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    is_version.then(|| Origin {
        package: "duckdb".to_owned(),
        version: version.to_owned(),
        package_url: format!("pkg:github/duckdb/duckdb@v{version}"),
    })
}

fn of_debian(file: &Path) -> Option<Origin> {
    // The package knows the file by one of its two names: `/lib` is a link to `/usr/lib`.
    let resolved = file.canonicalize().ok()?;
    let text = resolved.to_str()?;
    let owner = [text, text.strip_prefix("/usr").unwrap_or(text), file.to_str()?]
        .into_iter()
        .find_map(|path| process::capture(Command::new("dpkg").args(["-S", path])).ok())?;
    // `libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6`
    let package = owner.lines().next()?.rsplit_once(": ")?.0.to_owned();
    let mut query = Command::new("dpkg-query");
    let fields = "${Package}\t${Version}\t${Architecture}";
    let printed = process::capture(query.args(["-W", "-f", fields, &package])).ok()?;
    let distribution = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    parse(&printed, &distribution)
}

fn parse(printed: &str, os_release: &str) -> Option<Origin> {
    let mut fields = printed.split('\t');
    let (package, version, architecture) = (fields.next()?, fields.next()?, fields.next()?);
    let field = |name: &str| {
        let line = os_release
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned));
        line.map(|value| value.trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    let (vendor, release) = (field("ID"), field("VERSION_ID"));
    let escaped = version.replace('+', "%2B").replace(':', "%3A");
    Some(Origin {
        package: package.to_owned(),
        version: version.to_owned(),
        package_url: format!(
            "pkg:deb/{vendor}/{package}@{escaped}?arch={architecture}&distro={vendor}-{release}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::{of_duckdb, parse};
    use std::path::Path;

    #[test]
    fn a_debian_package_has_an_address() {
        let found = parse("libc6\t2.36-9+deb12u14\tamd64", "ID=debian\nVERSION_ID=\"12\"\n").unwrap();
        let address = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12";
        assert_eq!(found.package_url, address);
        assert_eq!(found.version, "2.36-9+deb12u14");
    }

    #[test]
    fn the_engine_has_its_releases_address_where_its_version_is_known() {
        let found = of_duckdb(Path::new("/cache/duckdb/1.5.6/libduckdb.so")).unwrap();
        assert_eq!(found.package_url, "pkg:github/duckdb/duckdb@v1.5.6");
        assert_eq!(of_duckdb(Path::new("/opt/mine/libduckdb.so")), None);
    }
}
