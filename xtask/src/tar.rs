//! The POSIX tar format, as much of it as images and releases need: plain files of root's, and folders of
//! anyone's, all of one time.
//!
//! Field positions are those of the `ustar` header in POSIX.1-1988. Names longer than the header's
//! hundred bytes do not occur in ours and are refused.

const BLOCK: usize = 512;
const LONGEST_NAME: usize = 100;

#[derive(Debug, Default)]
pub struct Tar {
    bytes: Vec<u8>,
    /// When everything was changed last: since 1970.
    seconds: u64,
}

impl Tar {
    pub fn of_time(seconds: u64) -> Self {
        Self {
            bytes: Vec::new(),
            seconds,
        }
    }

    pub fn file(&mut self, path: &str, mode: u32, contents: &[u8]) {
        self.header(path, mode, 0, contents.len(), b'0');
        self.bytes.extend_from_slice(contents);
        self.pad();
    }

    /// `owner` is the number of a user and of the group that is called the same.
    pub fn folder(&mut self, path: &str, mode: u32, owner: u32) {
        self.header(&format!("{path}/"), mode, owner, 0, b'5');
    }

    /// Two empty blocks end an archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&[0; 2 * BLOCK]);
        self.bytes
    }

    fn header(&mut self, path: &str, mode: u32, owner: u32, size: usize, kind: u8) {
        assert!(
            path.len() < LONGEST_NAME,
            "the path {path} is too long for an archive"
        );
        let mut header = [0_u8; BLOCK];
        header[..path.len()].copy_from_slice(path.as_bytes());
        octal(&mut header[100..108], mode as usize);
        octal(&mut header[108..116], owner as usize);
        octal(&mut header[116..124], owner as usize); // group
        octal(&mut header[124..136], size);
        octal(&mut header[136..148], self.seconds as usize); // time of change
        header[156] = kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        // The sum is taken with its own field blank.
        header[148..156].fill(b' ');
        let sum = header.iter().map(|byte| usize::from(*byte)).sum();
        octal(&mut header[148..155], sum);
        self.bytes.extend_from_slice(&header);
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
    }
}

/// Zero-filled octal digits, and a NUL in the last place.
fn octal(field: &mut [u8], number: usize) {
    let digits = format!("{number:0width$o}", width = field.len() - 1);
    field[..digits.len()].copy_from_slice(digits.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::Tar;

    #[test]
    fn the_systems_tar_reads_it_back() {
        let mut tar = Tar::default();
        tar.folder("data", 0o755, 0);
        tar.file("data/a.txt", 0o644, b"hello");
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar");
        std::fs::write(&archive, tar.finish()).unwrap();
        let mut command = std::process::Command::new("tar");
        let status = command
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(folder.path())
            .arg("--no-same-owner")
            .status();
        assert!(status.unwrap().success());
        assert_eq!(
            std::fs::read_to_string(folder.path().join("data/a.txt")).unwrap(),
            "hello"
        );
    }
}
