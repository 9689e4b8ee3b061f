//! Cuts a stream of JSON into its top-level objects, without reading what is inside them.

use std::io::Read;

#[derive(Debug)]
pub enum ElementsError {
    Read(std::io::Error),
    NoObject(u64),
    CutOff(u64),
    TooDeep(u64),
    TooLong(u64, u64),
    Trailing(u64),
}

/// Deeper nesting is no data, and would cost whoever parses it his stack.
const DEEPEST: u32 = 100;

pub struct Elements<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    line: u64,
    limit: u64,
    text: Vec<u8>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Beginning,
    InList,
    AfterList,
    InSequence,
}

impl<R: Read> Elements<R> {
    pub fn new(input: R, limit: u64) -> Self {
        Self {
            input,
            buffer: vec![0; 128 << 10],
            start: 0,
            end: 0,
            line: 1,
            limit,
            text: Vec::new(),
            place: Place::Beginning,
        }
    }

    /// The next object's text and the line on which it begins.
    pub fn next_object(&mut self) -> Result<Option<(u64, &[u8])>, ElementsError> {
        loop {
            let Some(byte) = self.byte()? else {
                return match self.place {
                    Place::InList => Err(ElementsError::CutOff(self.line)),
                    _ => Ok(None),
                };
            };
            match (byte, self.place) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => {}
                (b',', Place::InList | Place::InSequence) => {}
                (_, Place::AfterList) => return Err(ElementsError::Trailing(self.line)),
                (b'[', Place::Beginning) => self.place = Place::InList,
                (b']', Place::InList) => self.place = Place::AfterList,
                (b'{', place) => {
                    if place == Place::Beginning {
                        self.place = Place::InSequence;
                    }
                    let line = self.line;
                    self.object(line)?;
                    return Ok(Some((line, &self.text)));
                }
                _ => return Err(ElementsError::NoObject(self.line)),
            }
        }
    }

    /// From behind the opening brace to the closing one.
    fn object(&mut self, line: u64) -> Result<(), ElementsError> {
        self.text.clear();
        self.text.push(b'{');
        let (mut depth, mut in_text, mut is_escaped) = (1, false, false);
        while depth > 0 {
            let byte = self.byte()?.ok_or(ElementsError::CutOff(line))?;
            self.text.push(byte);
            if self.text.len() as u64 > self.limit {
                return Err(ElementsError::TooLong(line, self.limit));
            }
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => depth -= 1,
                _ => {}
            }
            if depth > DEEPEST {
                return Err(ElementsError::TooDeep(line));
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<Option<u8>, ElementsError> {
        if self.start == self.end {
            (self.start, self.end) = (0, self.input.read(&mut self.buffer).map_err(ElementsError::Read)?);
            if self.end == 0 {
                return Ok(None);
            }
        }
        let byte = self.buffer[self.start];
        self.start += 1;
        self.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Vec<(u64, String)>, ElementsError> {
        let mut elements = Elements::new(text.as_bytes(), 100);
        let mut found = Vec::new();
        while let Some((line, text)) = elements.next_object()? {
            found.push((line, String::from_utf8_lossy(text).into_owned()));
        }
        Ok(found)
    }

    #[test]
    fn lists_and_sequences_are_cut_into_objects() {
        let two = vec![(1, "{\"a\":1}".to_string()), (2, "{\"a\":[{}]}".to_string())];
        assert_eq!(cut("[{\"a\":1},\n{\"a\":[{}]}]").unwrap(), two);
        assert_eq!(cut("{\"a\":1}\n{\"a\":[{}]}\n").unwrap(), two);
        assert_eq!(cut("[]").unwrap(), []);
        assert_eq!(cut("{\"a\":\"}\\\"{\"}").unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_list_of_objects_is_refused_with_its_line() {
        assert!(matches!(cut("[1,2]"), Err(ElementsError::NoObject(1))));
        assert!(matches!(cut("{}\n\"a\""), Err(ElementsError::NoObject(2))));
        assert!(matches!(cut("[{}"), Err(ElementsError::CutOff(1))));
        assert!(matches!(cut("\n{\"a\":"), Err(ElementsError::CutOff(2))));
        assert!(matches!(cut("[{}]{}"), Err(ElementsError::Trailing(1))));
        assert!(matches!(
            cut(&"{\"a\":".repeat(200)),
            Err(ElementsError::TooLong(1, 100))
        ));
        let mut deep = Elements::new(&[b'{'; 500][..], 1_000);
        assert!(matches!(deep.next_object(), Err(ElementsError::TooDeep(1))));
    }
}
