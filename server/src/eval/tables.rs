//! Which datasets the questions need. Each becomes one source of the catalogue, which reads its files
//! the way it reads those of `serve --dataset`, once, however many questions are asked of it.

use super::{Data, EvalError, Question};
use crate::config::{DatasetsConfig, FolderConfig};
use crate::datasets::{DatasetSource, dataset_id, sources};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

pub struct Tables {
    pub(super) sources: Vec<DatasetSource>,
    ids: HashMap<Data, String>,
}

impl Tables {
    /// All of them must be there before the first question is asked.
    pub fn find(questions: &[Question], directory: &Path) -> Result<Self, EvalError> {
        let mut taken = HashSet::new();
        let mut tables = Self {
            sources: Vec::new(),
            ids: HashMap::new(),
        };
        for question in questions {
            if !tables.ids.contains_key(&question.data) {
                let path = existing_path(question, directory)?;
                let name = free_id(question.data.name(), &mut taken);
                tables.ids.insert(question.data.clone(), name.clone());
                tables.sources.extend(source(FolderConfig {
                    name,
                    path,
                    ..FolderConfig::default()
                })?);
            }
        }
        Ok(tables)
    }

    /// The id under which the catalogue knows it; an empty one is nobody's.
    pub(super) fn dataset_id(&self, data: &Data) -> &str {
        self.ids.get(data).map(String::as_str).unwrap_or_default()
    }
}

impl Data {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Table(name) | Self::Database(name) => name,
        }
    }
}

fn existing_path(question: &Question, directory: &Path) -> Result<PathBuf, EvalError> {
    let (path, exists) = match &question.data {
        Data::Table(name) => {
            let path = directory.join(format!("{name}.csv"));
            (path.clone(), path.is_file())
        }
        Data::Database(name) => {
            let path = directory.join(name);
            (path.clone(), path.is_dir())
        }
    };
    match exists {
        true => Ok(path),
        false => Err(EvalError::NoTable {
            id: question.id.clone(),
            line: question.line,
            path,
        }),
    }
}

fn source(folder: FolderConfig) -> Result<Vec<DatasetSource>, EvalError> {
    let config = DatasetsConfig {
        registry: None,
        folders: vec![folder],
        ..DatasetsConfig::default()
    };
    Ok(sources(&config)?)
}

/// Different names can come to the same id, or to none; the data is named by its path all the same.
fn free_id(name: &str, taken: &mut HashSet<String>) -> String {
    let wanted = dataset_id(name).unwrap_or_else(|| "table".to_owned());
    let mut id = wanted.clone();
    let mut number = 1;
    while !taken.insert(id.clone()) {
        number += 1;
        id = format!("{wanted}-{number}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(data: Data) -> Question {
        Question {
            id: "q".into(),
            text: "how many?".into(),
            data,
            line: 7,
        }
    }

    #[test]
    fn a_table_that_many_questions_name_is_one_source() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("Films 1.csv"), "a\n1\n").unwrap();
        std::fs::write(directory.path().join("films-1.csv"), "a\n2\n").unwrap();
        let (first, second) = (Data::Table("Films 1".into()), Data::Table("films-1".into()));
        let questions = [&first, &second, &first].map(|data| question(data.clone()));
        let tables = Tables::find(&questions, directory.path()).unwrap();
        assert_eq!(tables.sources.len(), 2);
        assert_eq!(tables.dataset_id(&first), "films-1");
        assert_eq!(tables.dataset_id(&second), "films-1-2");
        assert_eq!(tables.sources[1].declared.id, "films-1-2");
    }

    #[test]
    fn a_database_is_a_folder_of_tables() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("world");
        std::fs::create_dir(&folder).unwrap();
        for name in ["cities.csv", "countries.csv"] {
            std::fs::write(folder.join(name), "a\n1\n").unwrap();
        }
        let asked = [question(Data::Database("world".into()))];
        let tables = Tables::find(&asked, directory.path()).unwrap();
        assert_eq!(tables.sources[0].tables.len(), 2);
    }

    #[test]
    fn a_missing_table_is_named_with_its_question() {
        let directory = tempfile::tempdir().unwrap();
        let asked = [question(Data::Table("films".into()))];
        let message = Tables::find(&asked, directory.path()).err().unwrap().to_string();
        assert!(
            message.contains("line 7") && message.ends_with("films.csv"),
            "{message}"
        );
    }
}
