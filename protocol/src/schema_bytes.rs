//! A dataset's schema in bytes: what the gate reads at each check, written once per dataset version.
//!
//! JSON took the gate longer to read than the query did. Only what the gate needs is kept: no
//! descriptions, synonyms, prompts or listed values (but one that shows which number of a date is the day). Measures stay JSON inside, since only plans use them.

use crate::dataset::{Column, ColumnRole, ColumnType, Dataset, Entity, Measure, Relationship, Table};

/// Changes with the layout, so that a guest and a host of different makes do not misread each other.
const LAYOUT: u8 = 2;

/// Writes a schema.
pub fn write(dataset: &Dataset) -> Vec<u8> {
    let mut writer = Writer(vec![LAYOUT]);
    for text in [&dataset.id, &dataset.name, &dataset.version] {
        writer.text(text);
    }
    writer.optional(dataset.now.as_deref());
    writer.list(&dataset.tables, Writer::table);
    writer.list(&dataset.relationships, |writer, relationship| {
        let Relationship {
            from_table,
            from_column,
            to_table,
            to_column,
        } = relationship;
        for text in [from_table, from_column, to_table, to_column] {
            writer.text(text);
        }
    });
    // Plain data: writing it to memory can't fail, and an empty text is refused by the reader.
    writer.text(&serde_json::to_string(&dataset.measures).unwrap_or_default());
    writer.0
}

/// What to read of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Tables, columns and how they hang together.
    Tables,
    /// The measures, too.
    All,
}

/// Reads what [`write`] wrote; nothing else is a schema.
pub fn read(bytes: &[u8], part: Part) -> Option<Dataset> {
    let (layout, rest) = bytes.split_first()?;
    if *layout != LAYOUT {
        return None;
    }
    let mut reader = Reader(rest);
    let mut dataset = Dataset {
        id: reader.text()?,
        name: reader.text()?,
        version: reader.text()?,
        now: reader.optional(Reader::text)?,
        tables: reader.list(Reader::table)?,
        relationships: reader.list(Reader::relationship)?,
        ..Dataset::default()
    };
    let measures = reader.slice()?;
    if part == Part::All {
        dataset.measures = serde_json::from_slice::<Vec<Measure>>(measures).ok()?;
    }
    reader.0.is_empty().then_some(dataset)
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn texts(&mut self, texts: &[String]) {
        self.list(texts, |writer, text| writer.text(text));
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        for each in items {
            item(self, each);
        }
    }

    fn table(&mut self, table: &Table) {
        for text in [&table.name, &table.file, &table.row_noun] {
            self.text(text);
        }
        self.texts(&table.primary_key);
        self.texts(&table.display_columns);
        self.optional(table.time_column.as_deref());
        self.number(table.row_count.map_or(0, |rows| rows.saturating_add(1)));
        self.0.push(u8::from(table.entity.is_some()));
        if let Some(entity) = &table.entity {
            self.text(&entity.noun);
            self.texts(&entity.key);
            self.text(&entity.latest_by);
            self.texts(&entity.attributes);
        }
        self.list(&table.columns, Self::column);
    }

    fn column(&mut self, column: &Column) {
        self.text(&column.name);
        self.optional(column.unit.as_deref());
        self.texts(&column.ordered_values);
        self.optional(telling_date(&column.values));
        let kind = match column.kind {
            ColumnType::Boolean => 0,
            ColumnType::Integer => 1,
            ColumnType::Bigint => 2,
            ColumnType::Double => 3,
            ColumnType::Date => 4,
            ColumnType::Time => 5,
            ColumnType::Timestamp => 6,
            ColumnType::Text => 7,
            ColumnType::Decimal { .. } => 8,
        };
        let role = match column.role {
            ColumnRole::Key => 0,
            ColumnRole::Measure => 1,
            ColumnRole::Dimension => 2,
            ColumnRole::Time => 3,
        };
        self.0.extend([kind, role, u8::from(column.nullable)]);
        if let ColumnType::Decimal { precision, scale } = column.kind {
            self.0.extend([precision, scale]);
        }
    }
}

/// Of dates such as "3/4/2020", one that shows which number is the day; "13/4/2020" rather than "4/13/2020",
/// because a column of days first has others that look like months first, too.
fn telling_date(values: &[String]) -> Option<&str> {
    let over_twelve = |text: &str, place: usize| {
        let numbers: Vec<u32> = text
            .trim()
            .split('/')
            .map_while(|number| number.parse().ok())
            .collect();
        numbers.len() == 3 && numbers[place] > 12
    };
    let found = |place: usize| values.iter().find(|text| over_twelve(text, place));
    found(0).or_else(|| found(1)).map(String::as_str)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn slice(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }

    fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.slice()?).ok().map(String::from)
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.list(Self::text)
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Some(None)
        }
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = usize::try_from(self.number()?).ok()?;
        // Each item takes a byte at least: a length that lies reserves no memory.
        let mut items = Vec::with_capacity(length.min(self.0.len()));
        for _ in 0..length {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn relationship(&mut self) -> Option<Relationship> {
        Some(Relationship {
            from_table: self.text()?,
            from_column: self.text()?,
            to_table: self.text()?,
            to_column: self.text()?,
        })
    }

    fn table(&mut self) -> Option<Table> {
        Some(Table {
            name: self.text()?,
            file: self.text()?,
            row_noun: self.text()?,
            primary_key: self.texts()?,
            display_columns: self.texts()?,
            time_column: self.optional(Self::text)?,
            row_count: self.number()?.checked_sub(1),
            entity: self.optional(Self::entity)?,
            columns: self.list(Self::column)?,
            ..Table::default()
        })
    }

    fn entity(&mut self) -> Option<Entity> {
        Some(Entity {
            noun: self.text()?,
            key: self.texts()?,
            latest_by: self.text()?,
            attributes: self.texts()?,
        })
    }

    fn column(&mut self) -> Option<Column> {
        let name = self.text()?;
        let unit = self.optional(Self::text)?;
        let ordered_values = self.texts()?;
        let telling_date = self.optional(Self::text)?;
        let (kind, role) = (self.byte()?, self.byte()?);
        let nullable = self.flag()?;
        Some(Column {
            name,
            unit,
            ordered_values,
            values: telling_date.into_iter().collect(),
            kind: self.kind(kind)?,
            role: role_of(role)?,
            nullable,
            ..Column::default()
        })
    }

    fn kind(&mut self, kind: u8) -> Option<ColumnType> {
        Some(match kind {
            0 => ColumnType::Boolean,
            1 => ColumnType::Integer,
            2 => ColumnType::Bigint,
            3 => ColumnType::Double,
            4 => ColumnType::Date,
            5 => ColumnType::Time,
            6 => ColumnType::Timestamp,
            7 => ColumnType::Text,
            8 => ColumnType::Decimal {
                precision: self.byte()?,
                scale: self.byte()?,
            },
            _ => return None,
        })
    }
}

fn role_of(role: u8) -> Option<ColumnRole> {
    Some(match role {
        0 => ColumnRole::Key,
        1 => ColumnRole::Measure,
        2 => ColumnRole::Dimension,
        3 => ColumnRole::Time,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Dataset {
        serde_json::from_value(serde_json::json!({
            "id": "shop", "name": "Shop", "version": "v1", "now": "2026-02-01 00:00:00",
            "tables": [{
                "name": "orders", "file": "orders.csv", "row_noun": "order", "primary_key": ["order_id"],
                "display_columns": ["order_id"], "time_column": "placed", "row_count": 0,
                "entity": {"noun": "customer", "key": ["customer"], "latest_by": "placed", "attributes": ["size"]},
                "columns": [
                    {"name": "order_id", "type": "integer", "role": "key"},
                    {"name": "größe", "type": "text", "ordered_values": ["S", "M"], "nullable": true},
                    {"name": "total", "type": {"decimal": {"precision": 9, "scale": 2}}, "role": "measure", "unit": "€"},
                    {"name": "placed", "type": "timestamp", "role": "time"},
                ],
            }, {"name": "empty", "file": "", "columns": []}],
            "relationships": [{"from_table": "a", "from_column": "b", "to_table": "c", "to_column": "d"}],
            "measures": [{"name": "revenue", "table": "orders", "aggregate": "sum", "expression": {"column": "total"}}],
        }))
        .expect("a schema")
    }

    #[test]
    fn what_was_written_is_read() {
        let dataset = shop();
        let bytes = write(&dataset);
        assert_eq!(read(&bytes, Part::All), Some(dataset.clone()));
        let without_measures = Dataset {
            measures: Vec::new(),
            ..dataset
        };
        assert_eq!(read(&bytes, Part::Tables), Some(without_measures));
    }

    #[test]
    fn what_is_cut_off_longer_or_of_another_layout_is_no_schema() {
        let bytes = write(&shop());
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length], Part::All), None, "{length}");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat(), Part::Tables), None);
        assert_eq!(read(&[&[LAYOUT + 1], &bytes[1..]].concat(), Part::Tables), None);
        assert_eq!(read(&[LAYOUT, 0xff, 0xff, 0xff, 0xff, 0x0f], Part::Tables), None);
    }

    #[test]
    fn of_the_values_one_is_kept_that_shows_which_number_is_the_day() {
        let kept = |values: &[&str]| {
            let mut dataset = shop();
            dataset.tables[0].columns[1].values = values.iter().map(ToString::to_string).collect();
            let read = read(&write(&dataset), Part::All).expect("a schema");
            read.tables[0].columns[1].values.clone()
        };
        assert_eq!(kept(&["3/4/2020", "3/14/2020", "14/3/2020"]), ["14/3/2020"]);
        assert_eq!(kept(&["3/4/2020", "3/14/2020"]), ["3/14/2020"]);
        assert!(kept(&["3/4/2020", "18/19", "/", "90/x/y", "S"]).is_empty());
    }
}
