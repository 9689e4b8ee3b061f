//! A lying gate: bytes as a verdict, through the host's own look at it. Fields are separated by the
//! control character 1F, entries of a list by 1E: SQL, tables, columns, functions, rules, notes.
#![no_main]

mod oracle;

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Acceptance, Claims, Place, Rejection, RejectionDetails};
use csv_analyst_protocol::limits::Limits;
use libfuzzer_sys::fuzz_target;
use oracle::{DATASET, SCHEMA, recheck};

const LONGEST_TEXT: usize = 2_000;

/// What the gate's reader says of a text that holds more than one query. The host's own reader, which
/// knows quotes only, must never believe one.
const NOT_ONE_QUERY: &str = "one-statement";

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut fields = text.split('\u{1f}');
    let mut field = || fields.next().unwrap_or_default().to_string();
    let said = Acceptance {
        sql: field(),
        claims: Claims {
            tables: list(&field()),
            columns: list(&field()),
            functions: list(&field()),
        },
        rules: list(&field()),
        notes: list(&field()),
    };
    refusal_is_fit_for_people(&said);
    match recheck::verdict(Ok(said), &SCHEMA) {
        Ok(believed) => believed_holds(&believed),
        Err(refused) => assert_eq!(refused.code, ErrorCode::GateResourceExceeded),
    }
});

fn list(field: &str) -> Vec<String> {
    let entries = field.split('\u{1e}').filter(|entry| !entry.is_empty());
    entries.map(str::to_string).collect()
}

fn believed_holds(believed: &Acceptance) {
    assert!(!believed.sql.contains('\0'));
    assert!(believed.claims.tables.iter().all(|table| SCHEMA.has_table(table)));
    believed
        .rules
        .iter()
        .chain(&believed.notes)
        .for_each(|text| fit(text));
    if let Err(rejection) = check(
        &UntrustedQueryText::Sql(&believed.sql),
        &DATASET,
        &Limits::default(),
    ) {
        assert_ne!(rejection.rule, NOT_ONE_QUERY, "believed: {}", believed.sql);
    }
}

/// The same texts as a rejection's.
fn refusal_is_fit_for_people(said: &Acceptance) {
    let rejection = Rejection {
        place: Some(Place::Pointer(said.notes.concat())),
        hint: said.notes.first().cloned(),
        details: Box::new(RejectionDetails {
            length: 1,
            token: said.rules.first().cloned(),
            suggestions: said.claims.columns.clone(),
            allowed: said.claims.functions.clone(),
            excerpt: Some(said.sql.clone()),
        }),
        ..Rejection::new(
            ErrorCode::SqlPolicyViolation,
            said.sql.clone(),
            said.rules.concat(),
        )
    };
    let Err(Rejection {
        rule,
        message,
        place: Some(Place::Pointer(pointer)),
        hint,
        details,
        ..
    }) = recheck::verdict(Err(rejection), &SCHEMA)
    else {
        panic!("a rejection became something else");
    };
    let names = details.suggestions.iter().chain(&details.allowed).cloned();
    let excerpt = details.excerpt.iter().flat_map(|excerpt| excerpt.split('\n'));
    let texts = [rule, message, pointer]
        .into_iter()
        .chain(hint)
        .chain(details.token.clone());
    let texts = texts.chain(names).chain(excerpt.map(str::to_string));
    texts.for_each(|text| fit(&text));
    assert!(details.excerpt.is_none_or(|excerpt| excerpt.lines().count() <= 2));
}

fn fit(text: &str) {
    assert!(text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control));
}
