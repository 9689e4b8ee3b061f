//! DuckDB's dialect of the parser, but for one thing: sqlparser's own takes `f(a = 1)` for a named
//! argument, and then reads `sum(a = 1 AND b)` as `a = (1 AND b)`. To DuckDB it is a comparison.

use sqlparser::dialect::{Dialect, DuckDbDialect};
use std::any::TypeId;

#[derive(Debug)]
pub struct GateDialect;

/// Forwards to sqlparser's dialect all that it overrides for queries.
macro_rules! as_duckdb {
    ($($question:ident),+ $(,)?) => {
        $(fn $question(&self) -> bool {
            DuckDbDialect.$question()
        })+
    };
}

impl Dialect for GateDialect {
    /// The parser asks for dialects by their type, too.
    fn dialect(&self) -> TypeId {
        DuckDbDialect.dialect()
    }

    fn supports_named_fn_args_with_eq_operator(&self) -> bool {
        false
    }

    fn is_identifier_start(&self, character: char) -> bool {
        DuckDbDialect.is_identifier_start(character)
    }

    fn is_identifier_part(&self, character: char) -> bool {
        DuckDbDialect.is_identifier_part(character)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        DuckDbDialect.identifier_quote_style(identifier)
    }

    fn supports_string_literal_column_alias(&self, explicit: bool) -> bool {
        DuckDbDialect.supports_string_literal_column_alias(explicit)
    }

    fn supports_string_literal_table_alias(&self, explicit: bool) -> bool {
        DuckDbDialect.supports_string_literal_table_alias(explicit)
    }

    as_duckdb!(
        supports_cte_materialization,
        supports_trailing_commas,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        supports_bitwise_shift_operators,
        supports_tilde_like_match_operator,
        supports_aggregate_order_by_with_empty_args,
        supports_comparison_in_between_low_bound,
        supports_named_fn_args_with_assignment_operator,
        supports_dictionary_syntax,
        support_map_literal_syntax,
        supports_lambda_functions,
        allow_extract_single_quotes,
        supports_array_typedef_with_brackets,
        supports_from_first_select,
        supports_order_by_all,
        supports_select_wildcard_exclude,
        supports_notnull_operator,
        supports_select_wildcard_replace,
        supports_comma_separated_trim,
        supports_numeric_literal_underscores,
        supports_nested_comments,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::ast::Statement;
    use sqlparser::parser::Parser;

    /// A case of the corpus, when it is a query in SQL.
    fn sql(line: &str) -> Option<String> {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        case["sql"].as_str().map(str::to_string)
    }

    #[test]
    fn queries_without_comparisons_as_arguments_read_as_in_sqlparsers_own_dialect() {
        let corpora = [
            include_str!("../cases/legitimate.jsonl"),
            include_str!("../cases/attacks.jsonl"),
        ];
        let cases = corpora.into_iter().flat_map(str::lines);
        let mut compared = 0;
        for sql in cases.filter_map(sql) {
            let Ok(own) = Parser::parse_sql(&DuckDbDialect, &sql) else {
                continue;
            };
            let query = matches!(own.as_slice(), [Statement::Query(_)]);
            let named = format!("{own:?}").contains("operator: Equals");
            if query && !named {
                assert_eq!(Parser::parse_sql(&GateDialect, &sql).as_ref(), Ok(&own), "{sql}");
                compared += 1;
            }
        }
        assert!(compared > 200, "{compared}");
    }

    #[test]
    fn a_comparison_as_an_argument_is_a_comparison() {
        let parsed = format!(
            "{:?}",
            Parser::parse_sql(&GateDialect, "SELECT sum(a = 1 AND b), f(c := 2)").unwrap()
        );
        assert!(!parsed.contains("operator: Equals"), "{parsed}");
        assert!(parsed.contains("operator: Assignment"), "{parsed}");
    }
}
