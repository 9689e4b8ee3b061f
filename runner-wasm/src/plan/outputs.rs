//! SELECT: each item of a plan becomes one named output column.

use super::Compiler;
use super::expressions::Computed;
use super::names::ColumnRef;
use super::order::find;
use super::series::is_series;
use super::values::Kind;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Expr, Type};
use csv_analyst_protocol::plan::{Aggregate, SelectItem, TimeUnit};

const MAX_NAME_CHARACTERS: usize = 100;

/// One column of the answer.
#[derive(Clone, Debug)]
pub struct Output<'a> {
    pub name: String,
    pub computed: Computed,
    /// Set when it is a column as it stands.
    pub column: Option<ColumnRef<'a>>,
    /// Set when it is a time bucket: the rows of the answer are periods.
    pub bucket: Option<TimeUnit>,
    /// Where it stands in the plan, as a JSON pointer.
    pub place: String,
}

impl<'a> Compiler<'a> {
    /// The plan's items; all columns of its table when there are none.
    pub fn outputs(&mut self) -> Checked<Vec<Output<'a>>> {
        let plan = self.plan;
        let mut outputs: Vec<Output<'a>> = Vec::new();
        if plan.select.is_empty() && plan.group_by.is_empty() {
            let columns = self.base.columns.iter().map(|column| ColumnRef {
                table: self.base,
                column,
            });
            return Ok(columns.map(|column| self.plain(column, "/table")).collect());
        }
        for (index, compiled) in self.items()?.into_iter().enumerate() {
            let given = plan.select[index].alias.is_some();
            for output in compiled {
                add(&mut outputs, output, given, &format!("/select/{index}"))?;
            }
        }
        if plan.select.is_empty() {
            let count = self.aggregate(Aggregate::Count, None, None, None, "/select")?;
            outputs.push(Output {
                name: "count".into(),
                computed: count,
                column: None,
                bucket: None,
                place: "/group_by".into(),
            });
        }
        self.group_keys(outputs)
    }

    /// Each item's outputs, in order. What compares rows of the answer is compiled last: it may name the
    /// other outputs.
    fn items(&mut self) -> Checked<Vec<Vec<Output<'a>>>> {
        let plan = self.plan;
        let window = self.compared_window()?;
        let mut slots: Vec<Vec<Output<'a>>> = vec![Vec::new(); plan.select.len()];
        let (series, plain): (Vec<usize>, Vec<usize>) =
            (0..plan.select.len()).partition(|index| compares_rows(&plan.select[*index]));
        for index in plain {
            let (item, pointer) = (&plan.select[index], format!("/select/{index}"));
            slots[index] = match window {
                Some(window) => self.compared(item, window, &pointer)?,
                None => vec![self.output(item, &pointer)?],
            };
        }
        if series.is_empty() {
            return Ok(slots);
        }
        self.named = slots.iter().flatten().cloned().collect();
        self.series_allowed = true;
        for index in series {
            let pointer = format!("/select/{index}");
            let output = self.output(&plan.select[index], &pointer)?;
            super::nesting::check(&output.computed.value, &pointer)?;
            slots[index] = vec![output];
        }
        self.named.clear();
        self.series_allowed = false;
        Ok(slots)
    }

    fn plain(&self, column: ColumnRef<'a>, place: &str) -> Output<'a> {
        Output {
            name: column.column.name.clone(),
            computed: self.computed_column(column),
            column: Some(column),
            bucket: None,
            place: place.into(),
        }
    }

    /// Groups that the plan names and does not select come first: a count without its group says nothing.
    fn group_keys(&self, outputs: Vec<Output<'a>>) -> Checked<Vec<Output<'a>>> {
        let mut keys = Vec::new();
        for (index, name) in self.plan.group_by.iter().enumerate() {
            let pointer = format!("/group_by/{index}");
            if let Some(output) = find(&outputs, name) {
                if output.computed.aggregated || output.computed.windowed {
                    return Err(invalid(
                        "group-by-aggregate",
                        format!(
                            "`{}` is an aggregate: rows can't be grouped by it.",
                            excerpt(name)
                        ),
                    )
                    .at_pointer(&pointer));
                }
                continue;
            }
            let column = self.resolve(name, &pointer)?;
            let selected = |output: &Output<'_>| output.column.is_some_and(|own| own.is(&column));
            if !outputs.iter().any(selected) && !keys.iter().any(selected) {
                add(&mut keys, self.plain(column, &pointer), false, &pointer)?;
            }
        }
        let mut all = keys;
        for output in outputs {
            add(&mut all, output, false, "/select")?;
        }
        Ok(all)
    }

    pub fn output(&mut self, item: &SelectItem, pointer: &str) -> Checked<Output<'a>> {
        check_form(item, pointer)?;
        let (of, column, base_name, default) = self.source_of(item, pointer)?;
        let of = match item.bucket {
            Some(unit) => Some(bucket(of, unit, pointer)?),
            None => of,
        };
        let aggregate = item.agg.or(default).or(of.is_none().then_some(Aggregate::Count));
        let restriction = self.restriction(item.condition.as_ref(), &format!("{pointer}/where"))?;
        let per = item
            .per
            .as_ref()
            .map(|per| self.resolve(per, &format!("{pointer}/per")))
            .transpose()?;
        let computed = match (aggregate, of) {
            (Some(aggregate), of) => self.aggregate(aggregate, of, restriction, per, pointer)?,
            (None, Some(of)) if restriction.is_none() && per.is_none() => of,
            _ => {
                return Err(
                    invalid("select-form", "`where` and `per` go with an aggregate.").at_pointer(pointer)
                );
            }
        };
        let computed = rounded(computed, item.round, pointer)?;
        let untouched = item.bucket.is_none() && item.round.is_none() && aggregate.is_none();
        let name = match &item.alias {
            Some(alias) => checked_name(alias, pointer)?,
            None => derived_name(
                &base_name,
                item.agg.or(aggregate.filter(|_| default.is_none())),
                item.bucket,
            ),
        };
        Ok(Output {
            name,
            computed,
            column: column.filter(|_| untouched),
            bucket: item.bucket.filter(|_| aggregate.is_none()),
            place: pointer.into(),
        })
    }

    /// What an item is of: its value, its plain column, a name for it, and a measure's own aggregate.
    #[expect(clippy::type_complexity, reason = "four answers to one question, used once")]
    fn source_of(
        &mut self,
        item: &SelectItem,
        pointer: &str,
    ) -> Checked<(Option<Computed>, Option<ColumnRef<'a>>, String, Option<Aggregate>)> {
        if let Some(name) = &item.column {
            let column = self.resolve(name, &format!("{pointer}/column"))?;
            return Ok((
                Some(self.computed_column(column)),
                Some(column),
                column.column.name.clone(),
                None,
            ));
        }
        if let Some(expression) = &item.expression {
            let computed = self.expression(expression, self.base, &format!("{pointer}/expression"))?;
            return Ok((Some(computed), None, "value".into(), None));
        }
        if let Some(name) = &item.measure {
            let measure = self.measure(name, &format!("{pointer}/measure"))?;
            let home = super::names::table(self.dataset, &measure.table)?;
            let computed = self.expression(&measure.expression, home, &format!("{pointer}/measure"))?;
            return Ok((Some(computed), None, as_word(name), Some(measure.aggregate)));
        }
        Ok((None, None, String::new(), None))
    }
}

fn compares_rows(item: &SelectItem) -> bool {
    item.expression.as_ref().is_some_and(is_series)
}

fn check_form(item: &SelectItem, pointer: &str) -> Checked<()> {
    let sources = [
        item.column.is_some(),
        item.expression.is_some(),
        item.measure.is_some(),
    ];
    let given = sources.into_iter().filter(|given| *given).count();
    let counts = matches!(item.agg, Some(Aggregate::Count | Aggregate::Rate));
    if given > 1 || (given == 0 && !counts) {
        return Err(invalid(
            "select-form",
            "An item has exactly one of `column`, `expression` and `measure` (none for `count` and `rate`).",
        )
        .at_pointer(pointer));
    }
    if item.round.is_some_and(|places| places > 10) {
        return Err(invalid("select-form", "Values are rounded to 0 to 10 places.")
            .at_pointer(&format!("{pointer}/round")));
    }
    Ok(())
}

/// `date_trunc`, as a date again where the unit is a day or longer.
fn bucket(of: Option<Computed>, unit: TimeUnit, pointer: &str) -> Checked<Computed> {
    let pointer = format!("{pointer}/bucket");
    let Some(of) = of.filter(|of| of.kind.is_temporal() && !of.aggregated) else {
        return Err(invalid(
            "bucket",
            "Only dates and timestamps can be put into time buckets.",
        )
        .at_pointer(&pointer));
    };
    if of.kind == Kind::Date && unit == TimeUnit::Hour {
        return Err(invalid("bucket", "This column holds days, not hours.")
            .at_pointer(&pointer)
            .hint("Use `day`."));
    }
    let truncated = Expr::call("date_trunc", vec![Expr::text(unit.name()), of.value]);
    let (value, kind) = match unit {
        TimeUnit::Hour => (truncated, Kind::Timestamp),
        _ => (
            Expr::Cast {
                value: Box::new(truncated),
                attempt: false,
                kind: Type::Plain("DATE"),
            },
            Kind::Date,
        ),
    };
    Ok(Computed { value, kind, ..of })
}

fn rounded(computed: Computed, places: Option<u8>, pointer: &str) -> Checked<Computed> {
    let Some(places) = places else { return Ok(computed) };
    if computed.kind != Kind::Number {
        return Err(
            invalid("value-type", "Only numbers can be rounded.").at_pointer(&format!("{pointer}/round"))
        );
    }
    let value = Expr::call("round", vec![computed.value, Expr::number(places)]);
    Ok(Computed { value, ..computed })
}

/// Names are unique; a derived one gives way, a given one is refused.
fn add<'a>(outputs: &mut Vec<Output<'a>>, mut output: Output<'a>, given: bool, pointer: &str) -> Checked<()> {
    let taken = |outputs: &[Output<'_>], name: &str| {
        outputs
            .iter()
            .any(|output| output.name.eq_ignore_ascii_case(name))
    };
    if given && taken(outputs, &output.name) {
        return Err(invalid(
            "duplicate-name",
            format!("Two columns are named `{}`.", excerpt(&output.name)),
        )
        .at_pointer(&format!("{pointer}/as")));
    }
    if let Some(column) = output.column.filter(|_| taken(outputs, &output.name)) {
        output.name = format!("{}_{}", column.table.name, column.column.name);
    }
    let stem = output.name.clone();
    for number in 2.. {
        if !taken(outputs, &output.name) {
            break;
        }
        output.name = format!("{stem}_{number}");
    }
    outputs.push(output);
    Ok(())
}

fn checked_name(alias: &str, pointer: &str) -> Checked<String> {
    let length = alias.chars().count();
    if length == 0 || length > MAX_NAME_CHARACTERS || alias.chars().any(char::is_control) {
        return Err(invalid(
            "name",
            format!("A column's name has 1 to {MAX_NAME_CHARACTERS} printable characters."),
        )
        .at_pointer(&format!("{pointer}/as")));
    }
    Ok(alias.into())
}

/// `avg_discount`, `count`, `rate`, `order_date_month`.
fn derived_name(base: &str, aggregate: Option<Aggregate>, bucket: Option<TimeUnit>) -> String {
    let prefix = match aggregate {
        None => "",
        Some(Aggregate::Count) => "count",
        Some(Aggregate::CountDistinct) => "count_distinct",
        Some(Aggregate::Sum) => "sum",
        Some(Aggregate::Avg) => "avg",
        Some(Aggregate::Min) => "min",
        Some(Aggregate::Max) => "max",
        Some(Aggregate::Median) => "median",
        Some(Aggregate::Stddev) => "stddev",
        Some(Aggregate::Rate) => "rate",
    };
    let bucket = bucket.map_or("", TimeUnit::name);
    let parts = [prefix, base, bucket].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

/// A measure's name as one word.
fn as_word(name: &str) -> String {
    name.trim()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect()
}
