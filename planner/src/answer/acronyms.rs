//! Names of columns are lower case; people write SLA. The data's own texts know which words those are.

use csv_analyst_protocol::dataset::Dataset;

/// The label with each word written in capitals that the data's descriptions or prompts write so.
pub(super) fn restore(label: &str, dataset: &Dataset) -> String {
    let words: Vec<String> = label
        .split(' ')
        .map(|word| written_in_capitals(word, dataset).unwrap_or_else(|| word.to_owned()))
        .collect();
    words.join(" ")
}

fn written_in_capitals(word: &str, dataset: &Dataset) -> Option<String> {
    let capitals = word.to_uppercase();
    let is_acronym = capitals.len() > 1 && capitals.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_acronym && texts(dataset).any(|text| has_word(text, &capitals))).then_some(capitals)
}

fn has_word(text: &str, wanted: &str) -> bool {
    text.split(|character: char| !character.is_alphanumeric())
        .any(|word| word == wanted)
}

fn texts(dataset: &Dataset) -> impl Iterator<Item = &String> {
    let columns = dataset
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| &column.description));
    let tables = dataset.tables.iter().map(|table| &table.description);
    dataset
        .prompts
        .iter()
        .chain(std::iter::once(&dataset.description))
        .chain(tables)
        .chain(columns)
}
