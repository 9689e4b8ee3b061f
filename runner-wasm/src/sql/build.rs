//! Making and walking expressions of the tree.

use super::tree::*;

impl Expr {
    pub fn column(qualifier: &str, name: &str) -> Self {
        Self::Column {
            qualifier: Some(qualifier.into()),
            name: name.into(),
        }
    }

    /// An output column or a CTE's column, by name alone.
    pub fn name(name: &str) -> Self {
        Self::Column {
            qualifier: None,
            name: name.into(),
        }
    }

    pub fn text(text: &str) -> Self {
        Self::Literal(Literal::Text(text.into()))
    }

    pub fn number(number: impl ToString) -> Self {
        Self::Literal(Literal::Number(number.to_string()))
    }

    pub fn call(name: &'static str, arguments: Vec<Expr>) -> Self {
        let arguments = arguments
            .into_iter()
            .map(|value| Argument { name: None, value })
            .collect();
        Self::Call(Box::new(Call {
            name,
            arguments,
            ..Call::default()
        }))
    }

    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    pub fn compare(left: Expr, operator: Comparison, right: Expr) -> Self {
        Self::Compare {
            left: Box::new(left),
            operator,
            right: Box::new(right),
        }
    }

    /// The expressions directly inside; those of a subquery are not its own.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Column { .. }
            | Self::Literal(_)
            | Self::Typed { .. }
            | Self::IntervalText(_)
            | Self::Exists { .. }
            | Self::Subquery(_)
            | Self::ArrayQuery(_) => Vec::new(),
            Self::Field { base: value, .. }
            | Self::Interval { value, .. }
            | Self::Not(value)
            | Self::Negate(value)
            | Self::Plus(value)
            | Self::BitNot(value)
            | Self::Collate { value, .. }
            | Self::Is { value, .. }
            | Self::InQuery { value, .. }
            | Self::Quantified { left: value, .. }
            | Self::Cast { value, .. }
            | Self::Lambda { body: value, .. } => vec![value],
            Self::Index {
                base: left,
                index: right,
            }
            | Self::Compare { left, right, .. }
            | Self::Like {
                value: left,
                pattern: right,
                ..
            } => vec![left, right],
            Self::Slice {
                base,
                low,
                high,
                step,
            } => std::iter::once(base)
                .chain(low)
                .chain(high)
                .chain(step)
                .map(Box::as_ref)
                .collect(),
            Self::Chain { first, rest } => std::iter::once(first.as_ref())
                .chain(rest.iter().map(|(_, value)| value))
                .collect(),
            Self::Between { value, low, high, .. } => vec![value, low, high],
            Self::InList { value, list, .. } => std::iter::once(value.as_ref()).chain(list).collect(),
            Self::Case {
                operand,
                branches,
                otherwise,
            } => {
                let branches = branches
                    .iter()
                    .flat_map(|(condition, result)| [condition, result]);
                operand
                    .iter()
                    .chain(otherwise)
                    .map(Box::as_ref)
                    .chain(branches)
                    .collect()
            }
            Self::Call(call) => {
                let arguments = call.arguments.iter().map(|argument| &argument.value);
                let orders = call
                    .order_by
                    .iter()
                    .chain(&call.within_group)
                    .map(|item| &item.value);
                arguments.chain(orders).chain(call.filter.as_deref()).collect()
            }
            Self::Row(items) | Self::List(items) => items.iter().collect(),
            Self::Struct(fields) => fields.iter().map(|(_, value)| value).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }

    /// Whether it, or anything inside it but a subquery, is such.
    pub fn any(&self, is: &dyn Fn(&Expr) -> bool) -> bool {
        is(self) || self.children().into_iter().any(|child| child.any(is))
    }

    /// One operation; a left operand of the same class is continued, as both parsers read it.
    pub fn chain(left: Expr, operator: ChainOperator, right: Expr) -> Self {
        match left {
            Self::Chain { first, mut rest }
                if rest.first().is_some_and(|(o, _)| o.class() == operator.class()) =>
            {
                rest.push((operator, right));
                Self::Chain { first, rest }
            }
            left => Self::Chain {
                first: Box::new(left),
                rest: vec![(operator, right)],
            },
        }
    }

    /// All of them, or none when there are none. What is already a list of conditions is continued.
    pub fn all(conditions: impl IntoIterator<Item = Expr>) -> Option<Self> {
        let single = conditions.into_iter().flat_map(|condition| match condition {
            Self::Chain { first, rest }
                if rest.iter().all(|(operator, _)| *operator == ChainOperator::And) =>
            {
                std::iter::once(*first)
                    .chain(rest.into_iter().map(|(_, value)| value))
                    .collect()
            }
            other => vec![other],
        });
        single.reduce(|left, right| Self::chain(left, ChainOperator::And, right))
    }
}
