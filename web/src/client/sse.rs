//! Reads a stream of server-sent events out of bytes that arrive in any pieces. Comments (keep-alives),
//! ids and unknown fields are skipped; an event without data is none.

/// One complete event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerEvent {
    pub name: String,
    pub data: String,
}

/// Holds what has arrived but is not a whole line yet.
#[derive(Debug, Default)]
pub struct EventReader {
    pending: Vec<u8>,
    name: String,
    data: Vec<String>,
}

impl EventReader {
    /// Takes the next bytes and returns the events that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<ServerEvent> {
        self.pending.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line);
            events.extend(self.line(text.trim_end_matches(['\n', '\r'])));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<ServerEvent> {
        if line.is_empty() {
            return self.finish();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.to_string(),
            "data" => self.data.push(value.to_string()),
            _ => {}
        }
        None
    }

    fn finish(&mut self) -> Option<ServerEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        (!data.is_empty()).then(|| ServerEvent {
            name,
            data: data.join("\n"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> ServerEvent {
        ServerEvent {
            name: name.into(),
            data: data.into(),
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same_events() {
        let stream =
            "event: status\ndata: {\"text\":\"Prüfe\"}\n\n: keep-alive\n\nevent: done\r\ndata: {}\r\n\r\n";
        for size in 1..stream.len() {
            let mut reader = EventReader::default();
            let events: Vec<_> = stream
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| reader.push(piece))
                .collect();
            assert_eq!(
                events,
                [event("status", "{\"text\":\"Prüfe\"}"), event("done", "{}")]
            );
        }
    }

    #[test]
    fn data_of_several_lines_is_joined() {
        assert_eq!(
            EventReader::default().push(b"data: a\ndata: b\n\n"),
            [event("", "a\nb")]
        );
    }

    #[test]
    fn an_unfinished_event_is_not_given() {
        assert!(EventReader::default().push(b"event: done\ndata: {}\n").is_empty());
    }
}
