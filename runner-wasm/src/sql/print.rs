//! Expressions as text. Parentheses stand wherever two parsers could disagree on precedence; they are
//! left out only between levels that SQL orders the same way everywhere (OR, AND, NOT, comparison,
//! sums, products, atoms).

use super::level::{Level, inside, level};
use super::print_query::{order_items, query_in_parentheses, window};
use super::quote;
use super::tree::*;

/// The canonical text of a query.
pub fn query(query: &Query) -> String {
    let mut printer = Printer::default();
    super::print_query::query(&mut printer, query);
    printer.output
}

/// One expression, for a name made from it.
pub fn expression(value: &Expr) -> String {
    let mut printer = Printer::default();
    printer.expression(value);
    printer.output
}

/// Text so far, and how far subqueries are indented.
#[derive(Default)]
pub struct Printer {
    pub output: String,
    pub indent: usize,
}

impl Printer {
    pub fn word(&mut self, text: &str) {
        self.output.push_str(text);
    }

    pub fn name(&mut self, name: &str) {
        quote::identifier(name, &mut self.output);
    }

    pub fn line(&mut self) {
        self.output.push('\n');
        for _ in 0..self.indent {
            self.output.push_str("  ");
        }
    }

    pub fn list<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.word(", ");
            }
            print(self, item);
        }
    }

    pub fn names(&mut self, names: &[String]) {
        self.list(names, |printer, name| printer.name(name));
    }

    pub fn expressions(&mut self, items: &[Expr]) {
        self.list(items, |printer, item| printer.expression(item));
    }

    /// `value`, in parentheses when it binds more loosely than its place needs.
    fn operand(&mut self, value: &Expr, needed: Level) {
        let parentheses = level(value) < needed;
        if parentheses {
            self.word("(");
        }
        self.expression(value);
        if parentheses {
            self.word(")");
        }
    }

    pub fn expression(&mut self, value: &Expr) {
        match value {
            Expr::Column { qualifier, name } => self.column(qualifier.as_deref(), name),
            Expr::Field { base, name } => self.field(base, name),
            Expr::Index { base, index } => self.subscript(base, |p| p.expression(index)),
            Expr::Slice {
                base,
                low,
                high,
                step,
            } => self.slice(base, [low, high, step].map(Option::as_deref)),
            Expr::Literal(literal) => self.literal(literal),
            Expr::Typed { kind, text } => self.typed(*kind, text),
            Expr::IntervalText(text) => {
                self.word("INTERVAL ");
                quote::string(text, &mut self.output);
            }
            Expr::Interval { value, unit } => self.interval(value, unit),
            Expr::Chain { first, rest } => self.chain(first, rest),
            Expr::Compare {
                left,
                operator,
                right,
            } => {
                self.operand(left, Level::Concatenation);
                self.word(comparison(*operator));
                self.operand(right, Level::Concatenation);
            }
            Expr::Quantified {
                left,
                operator,
                all,
                query,
            } => {
                self.operand(left, Level::Concatenation);
                self.word(comparison(*operator));
                self.word(if *all { "ALL " } else { "ANY " });
                query_in_parentheses(self, query);
            }
            Expr::Not(value) => {
                self.word("NOT ");
                self.operand(value, Level::Comparison);
            }
            Expr::Negate(value) => {
                self.word("-");
                self.operand(value, Level::Atom);
            }
            Expr::Plus(value) => {
                self.word("+");
                self.operand(value, Level::Atom);
            }
            Expr::BitNot(value) => {
                self.word("~");
                self.operand(value, Level::Atom);
            }
            Expr::Collate { value, collations } => {
                self.operand(value, Level::Atom);
                self.word(" COLLATE ");
                self.word(&collations.join("."));
            }
            Expr::Is { value, test } => {
                self.operand(value, Level::Concatenation);
                self.word(" IS ");
                self.word(test);
            }
            Expr::Between {
                value,
                negated,
                low,
                high,
            } => self.between(value, *negated, low, high),
            Expr::InList { value, negated, list } => self.in_list(value, *negated, list),
            Expr::InQuery {
                value,
                negated,
                query,
            } => {
                self.operand(value, Level::Concatenation);
                self.word(if *negated { " NOT IN " } else { " IN " });
                query_in_parentheses(self, query);
            }
            Expr::Like {
                value,
                operator,
                negated,
                pattern,
                escape,
            } => {
                self.like(value, *operator, *negated, pattern, *escape);
            }
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref());
            }
            Expr::Cast { value, attempt, kind } => self.cast(value, *attempt, kind),
            Expr::Call(call) => self.call(call),
            Expr::Exists { query, negated } => {
                self.word(if *negated { "NOT EXISTS " } else { "EXISTS " });
                query_in_parentheses(self, query);
            }
            Expr::Subquery(query) => query_in_parentheses(self, query),
            Expr::ArrayQuery(query) => {
                self.word("ARRAY");
                query_in_parentheses(self, query);
            }
            Expr::Row(items) => self.bracketed("(", items, ")"),
            Expr::List(items) => self.bracketed("[", items, "]"),
            Expr::Struct(fields) => self.structure(fields),
            Expr::Map(entries) => self.map(entries),
            Expr::Lambda { parameters, body } => self.lambda(parameters, body),
        }
    }

    fn column(&mut self, qualifier: Option<&str>, name: &str) {
        if let Some(qualifier) = qualifier {
            self.name(qualifier);
            self.word(".");
        }
        self.name(name);
    }

    /// The base is bracketed so that `a.b` can't be read as a table's column.
    fn field(&mut self, base: &Expr, name: &str) {
        self.word("(");
        self.expression(base);
        self.word(").");
        self.name(name);
    }

    fn subscript(&mut self, base: &Expr, inside: impl FnOnce(&mut Self)) {
        self.word("(");
        self.expression(base);
        self.word(")[");
        inside(self);
        self.word("]");
    }

    /// Before a step an open end is written as `-`.
    fn slice(&mut self, base: &Expr, [low, high, step]: [Option<&Expr>; 3]) {
        self.subscript(base, |printer| {
            if let Some(low) = low {
                printer.operand(low, Level::Additive);
            }
            printer.word(":");
            match high {
                Some(high) => printer.operand(high, Level::Additive),
                None => printer.word(if step.is_some() { "-" } else { "" }),
            }
            if let Some(step) = step {
                printer.word(":");
                printer.operand(step, Level::Additive);
            }
        });
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.word("NULL"),
            Literal::Boolean(true) => self.word("TRUE"),
            Literal::Boolean(false) => self.word("FALSE"),
            Literal::Number(digits) => self.word(digits),
            Literal::Text(text) => quote::string(text, &mut self.output),
        }
    }

    fn typed(&mut self, kind: TypedKind, text: &str) {
        self.word(match kind {
            TypedKind::Date => "DATE ",
            TypedKind::Time => "TIME ",
            TypedKind::Timestamp => "TIMESTAMP ",
            TypedKind::TimestampWithZone => "TIMESTAMPTZ ",
        });
        quote::string(text, &mut self.output);
    }

    fn interval(&mut self, value: &Expr, unit: &str) {
        self.word("INTERVAL (");
        self.expression(value);
        self.word(") ");
        self.word(unit);
    }

    fn chain(&mut self, first: &Expr, rest: &[(ChainOperator, Expr)]) {
        let class = rest
            .first()
            .map_or(ChainClass::Or, |(operator, _)| operator.class());
        let needed = inside(class);
        self.operand(first, needed);
        for (operator, value) in rest {
            self.word(chain_operator(*operator));
            self.operand(value, needed);
        }
    }

    fn between(&mut self, value: &Expr, negated: bool, low: &Expr, high: &Expr) {
        self.operand(value, Level::Concatenation);
        self.word(if negated { " NOT BETWEEN " } else { " BETWEEN " });
        self.operand(low, Level::Concatenation);
        self.word(" AND ");
        self.operand(high, Level::Concatenation);
    }

    fn in_list(&mut self, value: &Expr, negated: bool, list: &[Expr]) {
        self.operand(value, Level::Concatenation);
        self.word(if negated { " NOT IN " } else { " IN " });
        self.bracketed("(", list, ")");
    }

    fn like(
        &mut self,
        value: &Expr,
        operator: LikeOperator,
        negated: bool,
        pattern: &Expr,
        escape: Option<char>,
    ) {
        self.operand(value, Level::Concatenation);
        self.word(if negated { " NOT" } else { "" });
        self.word(match operator {
            LikeOperator::Like => " LIKE ",
            LikeOperator::ILike => " ILIKE ",
            LikeOperator::SimilarTo => " SIMILAR TO ",
            LikeOperator::Glob => " GLOB ",
        });
        self.operand(pattern, Level::Concatenation);
        if let Some(escape) = escape {
            self.word(" ESCAPE ");
            quote::string(escape.encode_utf8(&mut [0; 4]), &mut self.output);
        }
    }

    fn case(&mut self, operand: Option<&Expr>, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) {
        self.word("CASE");
        if let Some(operand) = operand {
            self.word(" ");
            self.expression(operand);
        }
        for (condition, result) in branches {
            self.word(" WHEN ");
            self.expression(condition);
            self.word(" THEN ");
            self.expression(result);
        }
        if let Some(otherwise) = otherwise {
            self.word(" ELSE ");
            self.expression(otherwise);
        }
        self.word(" END");
    }

    fn cast(&mut self, value: &Expr, attempt: bool, kind: &Type) {
        self.word(if attempt { "TRY_CAST(" } else { "CAST(" });
        self.expression(value);
        self.word(" AS ");
        self.kind(kind);
        self.word(")");
    }

    fn kind(&mut self, kind: &Type) {
        match kind {
            Type::Plain(name) => self.word(name),
            Type::Decimal(precision, scale) => self.word(&format!("DECIMAL({precision},{scale})")),
            Type::List(element) => {
                self.kind(element);
                self.word("[]");
            }
            Type::Array(element, length) => {
                self.kind(element);
                self.word(&format!("[{length}]"));
            }
            Type::Struct(fields) => {
                self.word("STRUCT(");
                self.list(fields, |printer, (name, kind)| {
                    quote::always(name, &mut printer.output);
                    printer.word(" ");
                    printer.kind(kind);
                });
                self.word(")");
            }
            Type::Map(key, value) => {
                self.word("MAP(");
                self.kind(key);
                self.word(", ");
                self.kind(value);
                self.word(")");
            }
        }
    }

    fn bracketed(&mut self, open: &str, items: &[Expr], close: &str) {
        self.word(open);
        self.expressions(items);
        self.word(close);
    }

    fn structure(&mut self, fields: &[(String, Expr)]) {
        self.word("{");
        self.list(fields, |printer, (name, value)| {
            quote::string(name, &mut printer.output);
            printer.word(": ");
            printer.expression(value);
        });
        self.word("}");
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) {
        self.word("MAP {");
        self.list(entries, |printer, (key, value)| {
            printer.expression(key);
            printer.word(": ");
            printer.expression(value);
        });
        self.word("}");
    }

    fn lambda(&mut self, parameters: &[String], body: &Expr) {
        self.word("lambda ");
        self.names(parameters);
        self.word(": ");
        self.expression(body);
    }

    fn call(&mut self, call: &Call) {
        self.word(call.name);
        self.word(if call.distinct { "(DISTINCT " } else { "(" });
        if call.star {
            self.word("*");
        }
        self.list(&call.arguments, |printer, argument| {
            if let Some(name) = &argument.name {
                printer.name(name);
                printer.word(" := ");
            }
            printer.expression(&argument.value);
        });
        order_items(self, " ORDER BY ", &call.order_by);
        self.word(if call.ignore_nulls { " IGNORE NULLS)" } else { ")" });
        if !call.within_group.is_empty() {
            order_items(self, " WITHIN GROUP (ORDER BY ", &call.within_group);
            self.word(")");
        }
        if let Some(filter) = &call.filter {
            self.word(" FILTER (WHERE ");
            self.expression(filter);
            self.word(")");
        }
        match &call.over {
            None => {}
            Some(Over::Named(name)) => {
                self.word(" OVER ");
                self.name(name);
            }
            Some(Over::Window(spec)) => {
                self.word(" OVER (");
                window(self, spec);
                self.word(")");
            }
        }
    }
}

fn chain_operator(operator: ChainOperator) -> &'static str {
    match operator {
        ChainOperator::Or => " OR ",
        ChainOperator::And => " AND ",
        ChainOperator::Add => " + ",
        ChainOperator::Subtract => " - ",
        ChainOperator::Multiply => " * ",
        ChainOperator::Divide => " / ",
        ChainOperator::IntegerDivide => " // ",
        ChainOperator::Modulo => " % ",
        ChainOperator::Concatenate => " || ",
        ChainOperator::BitAnd => " & ",
        ChainOperator::BitOr => " | ",
        ChainOperator::ShiftLeft => " << ",
        ChainOperator::ShiftRight => " >> ",
    }
}

fn comparison(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
        Comparison::DistinctFrom => " IS DISTINCT FROM ",
        Comparison::NotDistinctFrom => " IS NOT DISTINCT FROM ",
    }
}
