//! Values on their way into a table, a column at a time.

use super::values::Value;
use csv_analyst_protocol::dataset::ColumnType;
use duckdb::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    RecordBatch, StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use std::sync::Arc;

/// The engine's own step.
const ROWS: usize = 2_048;
/// Fewer rows where values are long.
const BYTES: usize = 8 << 20;

pub struct Batch {
    schema: Arc<Schema>,
    columns: Vec<Builder>,
    pub rows: usize,
    bytes: usize,
}

enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int32Builder),
    Bigint(Int64Builder),
    Decimal(Decimal128Builder),
    Double(Float64Builder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Batch {
    pub fn new(columns: &[(String, ColumnType)]) -> Self {
        Self {
            schema: schema(columns),
            columns: columns.iter().map(|(_, kind)| builder(*kind)).collect(),
            rows: 0,
            bytes: 0,
        }
    }

    pub fn push(&mut self, row: &[Value<'_>]) {
        for (column, value) in self.columns.iter_mut().zip(row) {
            self.bytes += column.push(*value);
        }
        self.rows += 1;
    }

    pub fn is_full(&self) -> bool {
        self.rows >= ROWS || self.bytes >= BYTES
    }

    pub fn take(&mut self) -> Result<RecordBatch, duckdb::arrow::error::ArrowError> {
        (self.rows, self.bytes) = (0, 0);
        let arrays = self.columns.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(self.schema.clone(), arrays)
    }
}

impl Builder {
    /// Returns how many bytes of text it took. A value of another type can't come: both follow the column's.
    fn push(&mut self, value: Value<'_>) -> usize {
        match (self, value) {
            (Self::Boolean(column), Value::Boolean(value)) => column.append_value(value),
            (Self::Integer(column), Value::Integer(value)) => column.append_value(value),
            (Self::Bigint(column), Value::Bigint(value)) => column.append_value(value),
            (Self::Decimal(column), Value::Decimal(value)) => column.append_value(value),
            (Self::Double(column), Value::Double(value)) => column.append_value(value),
            (Self::Date(column), Value::Days(value)) => column.append_value(value),
            (Self::Time(column), Value::Microseconds(value)) => column.append_value(value),
            (Self::Timestamp(column), Value::Microseconds(value)) => column.append_value(value),
            (Self::Text(column), Value::Text(value)) => {
                column.append_value(value);
                return value.len();
            }
            (column, _) => column.push_null(),
        }
        0
    }

    fn push_null(&mut self) {
        match self {
            Self::Boolean(column) => column.append_null(),
            Self::Integer(column) => column.append_null(),
            Self::Bigint(column) => column.append_null(),
            Self::Decimal(column) => column.append_null(),
            Self::Double(column) => column.append_null(),
            Self::Date(column) => column.append_null(),
            Self::Time(column) => column.append_null(),
            Self::Timestamp(column) => column.append_null(),
            Self::Text(column) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Bigint(column) => Arc::new(column.finish()),
            Self::Decimal(column) => Arc::new(column.finish()),
            Self::Double(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
            Self::Timestamp(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}

/// How columns of these types lie in a batch.
pub fn schema(columns: &[(String, ColumnType)]) -> Arc<Schema> {
    let field = |(name, kind): &(String, ColumnType)| Field::new(name, data_type(*kind), true);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    Arc::new(Schema::new(fields))
}

fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Integer => DataType::Int32,
        ColumnType::Bigint => DataType::Int64,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(precision, scale as i8),
        ColumnType::Double => DataType::Float64,
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnType::Text => DataType::Utf8,
    }
}

fn builder(kind: ColumnType) -> Builder {
    match kind {
        ColumnType::Boolean => Builder::Boolean(BooleanBuilder::new()),
        ColumnType::Integer => Builder::Integer(Int32Builder::new()),
        ColumnType::Bigint => Builder::Bigint(Int64Builder::new()),
        ColumnType::Decimal { .. } => {
            Builder::Decimal(Decimal128Builder::new().with_data_type(data_type(kind)))
        }
        ColumnType::Double => Builder::Double(Float64Builder::new()),
        ColumnType::Date => Builder::Date(Date32Builder::new()),
        ColumnType::Time => Builder::Time(Time64MicrosecondBuilder::new()),
        ColumnType::Timestamp => Builder::Timestamp(TimestampMicrosecondBuilder::new()),
        ColumnType::Text => Builder::Text(StringBuilder::new()),
    }
}
