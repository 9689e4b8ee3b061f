//! The effective configuration as a TOML document, secrets masked.

use super::Config;
use toml::{Table, Value};

/// A key that ends in one of these holds a secret. File names of keys are not secrets.
const SECRET_ENDINGS: [&str; 4] = ["token", "secret", "password", "api_key"];

pub fn print(config: &Config) -> Result<String, toml::ser::Error> {
    let mut table = Table::try_from(config)?;
    mask(&mut table);
    toml::to_string_pretty(&table)
}

fn mask(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(inner) => mask(inner),
            _ if SECRET_ENDINGS.iter().any(|ending| key.ends_with(ending)) => {
                *value = Value::String("***".into())
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read_back() {
        let text = print(&Config::default()).unwrap();
        let again: Config = toml::from_str(&text).unwrap();
        assert_eq!(print(&again).unwrap(), text);
    }

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let mut table: Table = toml::from_str("[model]\napi_key = 'abc'\nname = 'm'\n").unwrap();
        mask(&mut table);
        assert_eq!(table["model"]["api_key"].as_str(), Some("***"));
        assert_eq!(table["model"]["name"].as_str(), Some("m"));
    }
}
