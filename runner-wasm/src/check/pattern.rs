//! Patterns that choose columns by their names: LIKE, GLOB and regular expressions, in the small part of
//! RE2's language that names of columns call for. What is beyond it is refused, never guessed.

use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, invalid};
use crate::syntax::ast::{Expr, ExprKind, LikeOperator, Literal, Place};

/// Steps that one search may take: names are short, and so are patterns.
const MAX_STEPS: usize = 20_000;
const MAX_PATTERN: usize = 300;

pub enum NamePattern {
    Like { pattern: Vec<char>, fold: bool },
    Glob(Vec<char>),
    Regex(Regex),
}

impl NamePattern {
    /// The pattern must be written as text.
    pub fn written(operator: LikeOperator, pattern: &Expr) -> Checked<Self> {
        let ExprKind::Literal(Literal::Text(text)) = &pattern.kind else {
            return Err(refuse("A computed pattern for names of columns", pattern.place)
                .hint("Write the pattern as text."));
        };
        Self::of(operator, text, pattern.place)
    }

    pub fn of(operator: LikeOperator, text: &str, place: Place) -> Checked<Self> {
        if text.chars().count() > MAX_PATTERN {
            return Err(refuse("So long a pattern", place));
        }
        Ok(match operator {
            LikeOperator::Like | LikeOperator::ILike => Self::Like {
                pattern: text.chars().collect(),
                fold: operator == LikeOperator::ILike,
            },
            LikeOperator::Glob if text.contains(['[', '\\']) => {
                return Err(refuse("A GLOB with brackets or a backslash here", place).hint("Use LIKE."));
            }
            LikeOperator::Glob => Self::Glob(text.chars().collect()),
            LikeOperator::SimilarTo => Self::Regex(Regex::read(text, place)?),
        })
    }

    /// Regular expressions may fit anywhere in the name, the others fit the whole.
    pub fn fits(&self, name: &str, place: Place) -> Checked<bool> {
        let mut steps = MAX_STEPS;
        let name: Vec<char> = name.chars().collect();
        let fits = match self {
            Self::Like { pattern, fold } => {
                let folded = |text: &[char]| text.iter().map(char::to_ascii_lowercase).collect();
                let (pattern, name) = if *fold {
                    (folded(pattern), folded(&name))
                } else {
                    (pattern.clone(), name)
                };
                wild(&pattern, &name, ['%', '_'], &mut steps)
            }
            Self::Glob(pattern) => wild(pattern, &name, ['*', '?'], &mut steps),
            Self::Regex(regex) => regex.found_in(&name, &mut steps),
        };
        fits.ok_or_else(|| {
            invalid("pattern", "This pattern takes too long to compare with a name.")
                .at(place)
                .hint("Use a simpler pattern.")
        })
    }
}

/// `many` stands for any characters, `one` for one. Nothing when the steps run out.
fn wild(pattern: &[char], name: &[char], [many, one]: [char; 2], steps: &mut usize) -> Option<bool> {
    *steps = steps.checked_sub(1)?;
    let Some((first, rest)) = pattern.split_first() else {
        return Some(name.is_empty());
    };
    if *first == many {
        for start in 0..=name.len() {
            if wild(rest, &name[start..], [many, one], steps)? {
                return Some(true);
            }
        }
        return Some(false);
    }
    match name.split_first() {
        Some((character, tail)) if first == character || *first == one => {
            wild(rest, tail, [many, one], steps)
        }
        _ => Some(false),
    }
}

/// A regular expression: branches of pieces, each with how often it may stand.
pub struct Regex {
    branches: Vec<Vec<Piece>>,
    fold: bool,
}

struct Piece {
    atom: Atom,
    least: usize,
    most: usize,
}

enum Atom {
    Start,
    End,
    Any,
    One(char),
    /// Ranges, and whether they are the ones that do not fit.
    Class(Vec<(char, char)>, bool),
    Group(Vec<Vec<Piece>>),
}

/// What is still to be read of a pattern.
struct Reader {
    text: Vec<char>,
    at: usize,
    place: Place,
    depth: usize,
}

impl Regex {
    pub fn read(text: &str, place: Place) -> Checked<Self> {
        let (fold, text) = match text.strip_prefix("(?i)") {
            Some(rest) => (true, rest.to_ascii_lowercase()),
            None => (false, text.to_string()),
        };
        let mut reader = Reader {
            text: text.chars().collect(),
            at: 0,
            place,
            depth: 0,
        };
        let branches = reader.branches()?;
        if reader.at < reader.text.len() {
            return Err(reader.refused());
        }
        Ok(Self { branches, fold })
    }

    fn found_in(&self, name: &[char], steps: &mut usize) -> Option<bool> {
        let folded: Vec<char> = name.iter().map(char::to_ascii_lowercase).collect();
        let name = if self.fold { &folded } else { name };
        for start in 0..=name.len() {
            for branch in &self.branches {
                if !ends(branch, name, start, steps)?.is_empty() {
                    return Some(true);
                }
            }
        }
        Some(false)
    }
}

impl Reader {
    fn refused(&self) -> Box<csv_analyst_protocol::gate::Rejection> {
        refuse("This part of a regular expression for names of columns", self.place)
            .hint("Letters, `.`, `[..]`, `(..|..)`, `*`, `+`, `?`, `{2,3}`, `^`, `$`, `\\d`, `\\w` and (?i) are read.")
    }

    fn next(&mut self) -> Option<char> {
        let character = self.text.get(self.at).copied();
        self.at += usize::from(character.is_some());
        character
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn branches(&mut self) -> Checked<Vec<Vec<Piece>>> {
        const DEEPEST: usize = 10;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refused());
        }
        let mut branches = vec![Vec::new()];
        while let Some(character) = self.peek() {
            match character {
                ')' => break,
                '|' => {
                    self.at += 1;
                    branches.push(Vec::new());
                }
                _ => {
                    let piece = self.piece()?;
                    if let Some(branch) = branches.last_mut() {
                        branch.push(piece);
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(branches)
    }

    fn piece(&mut self) -> Checked<Piece> {
        let atom = self.atom()?;
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => return self.counted(atom),
            _ => {
                return Ok(Piece {
                    atom,
                    least: 1,
                    most: 1,
                });
            }
        };
        self.at += 1;
        self.repeated(atom, least, most)
    }

    /// Anchors can't be repeated, and a repetition not again: `a**`. Whether it takes much or little
    /// (`a*?`) does not matter to whether it fits.
    fn repeated(&mut self, atom: Atom, least: usize, most: usize) -> Checked<Piece> {
        if self.peek() == Some('?') {
            self.at += 1;
        }
        let again = matches!(self.peek(), Some('*' | '+' | '?' | '{'));
        if again || matches!(atom, Atom::Start | Atom::End) {
            return Err(self.refused());
        }
        Ok(Piece { atom, least, most })
    }

    /// `{2}`, `{2,}`, `{2,3}`.
    fn counted(&mut self, atom: Atom) -> Checked<Piece> {
        self.at += 1;
        let mut inside = String::new();
        loop {
            match self.next() {
                Some('}') => break,
                Some(character) if inside.len() < 8 => inside.push(character),
                _ => return Err(self.refused()),
            }
        }
        let number = |text: &str| text.parse::<usize>().ok().filter(|count| *count <= 100);
        let (least, most) = match inside.split_once(',') {
            None => (number(&inside), number(&inside)),
            Some((least, "")) => (number(least), Some(usize::MAX)),
            Some((least, most)) => (number(least), number(most)),
        };
        match (least, most) {
            (Some(least), Some(most)) if least <= most => self.repeated(atom, least, most),
            _ => Err(self.refused()),
        }
    }

    fn atom(&mut self) -> Checked<Atom> {
        Ok(match self.next() {
            Some('^') => Atom::Start,
            Some('$') => Atom::End,
            Some('.') => Atom::Any,
            Some('(') => return self.group(),
            Some('[') => return self.class(),
            Some('\\') => return self.escaped(),
            Some('*' | '+' | '?' | '{' | '}' | ')' | '|' | ']') | None => return Err(self.refused()),
            Some(character) => Atom::One(character),
        })
    }

    fn group(&mut self) -> Checked<Atom> {
        if self.peek() == Some('?') {
            self.at += 1;
            if self.next() != Some(':') {
                return Err(self.refused());
            }
        }
        let branches = self.branches()?;
        if self.next() != Some(')') {
            return Err(self.refused());
        }
        Ok(Atom::Group(branches))
    }

    fn escaped(&mut self) -> Checked<Atom> {
        Ok(match self.next() {
            Some('d') => Atom::Class(vec![('0', '9')], false),
            Some('D') => Atom::Class(vec![('0', '9')], true),
            Some('w') => Atom::Class(word_characters(), false),
            Some('W') => Atom::Class(word_characters(), true),
            Some('s') => Atom::Class(vec![(' ', ' '), ('\t', '\r')], false),
            Some(sign) if sign.is_ascii_punctuation() => Atom::One(sign),
            _ => return Err(self.refused()),
        })
    }

    fn class(&mut self) -> Checked<Atom> {
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        loop {
            let first = match self.next() {
                Some(']') if !ranges.is_empty() => return Ok(Atom::Class(ranges, negated)),
                Some('\\') => match self.escaped()? {
                    Atom::One(sign) => sign,
                    Atom::Class(inner, false) => {
                        ranges.extend(inner);
                        continue;
                    }
                    _ => return Err(self.refused()),
                },
                Some('[' | ']') | None => return Err(self.refused()),
                Some(character) => character,
            };
            let range = self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|c| *c != ']');
            if !range {
                ranges.push((first, first));
                continue;
            }
            self.at += 1;
            match self.next() {
                Some(last) if last >= first && !"\\[".contains(last) => ranges.push((first, last)),
                _ => return Err(self.refused()),
            }
        }
    }
}

fn word_characters() -> Vec<(char, char)> {
    vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]
}

/// All places where a match that begins at `start` can end. Nothing when the steps run out.
fn ends(pieces: &[Piece], name: &[char], start: usize, steps: &mut usize) -> Option<Vec<usize>> {
    let mut places = vec![start];
    for piece in pieces {
        places = repetitions(piece, name, places, steps)?;
        if places.is_empty() {
            break;
        }
    }
    Some(places)
}

/// One piece, as often as it may stand. Places are a set: no way is walked twice.
fn repetitions(piece: &Piece, name: &[char], starts: Vec<usize>, steps: &mut usize) -> Option<Vec<usize>> {
    let mut reached = if piece.least == 0 {
        starts.clone()
    } else {
        Vec::new()
    };
    let mut current = starts;
    let mut count = 0;
    while count < piece.most && !current.is_empty() {
        let mut after = Vec::new();
        for place in current {
            *steps = steps.checked_sub(1)?;
            for end in once(&piece.atom, name, place, steps)? {
                if !after.contains(&end) {
                    after.push(end);
                }
            }
        }
        count += 1;
        if count >= piece.least {
            after.retain(|place| !reached.contains(place));
            reached.extend(&after);
        }
        // Groups that match nothing would go on for ever.
        if count > name.len() + piece.least {
            break;
        }
        current = after;
    }
    Some(reached)
}

fn once(atom: &Atom, name: &[char], place: usize, steps: &mut usize) -> Option<Vec<usize>> {
    let character = name.get(place);
    let single = |fits: bool| if fits { vec![place + 1] } else { Vec::new() };
    let here = |fits: bool| if fits { vec![place] } else { Vec::new() };
    Some(match atom {
        Atom::Start => here(place == 0),
        Atom::End => here(place == name.len()),
        Atom::Any => single(character.is_some_and(|c| *c != '\n')),
        Atom::One(wanted) => single(character == Some(wanted)),
        Atom::Class(ranges, negated) => single(
            character
                .is_some_and(|c| ranges.iter().any(|(first, last)| (first..=last).contains(&c)) != *negated),
        ),
        Atom::Group(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                for end in ends(branch, name, place, steps)? {
                    if !all.contains(&end) {
                        all.push(end);
                    }
                }
            }
            all
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, name: &str) -> Option<bool> {
        let pattern = NamePattern::of(LikeOperator::SimilarTo, pattern, Place::default()).ok()?;
        pattern.fits(name, Place::default()).ok()
    }

    #[test]
    fn a_regular_expression_is_searched_for_in_the_name() {
        for (pattern, name, expected) in [
            ("id", "film_id", true),
            ("^id", "film_id", false),
            ("_id$", "film_id", true),
            ("^(a|b)_[0-9]{2,3}$", "b_12", true),
            ("^(a|b)_[0-9]{2,3}$", "b_1", false),
            ("^[^_]+$", "a_b", false),
            ("(?i)FILM", "film_id", true),
            ("FILM", "film_id", false),
            ("^x?y*z+$", "yyz", true),
            ("^(?:ab)+$", "ababa", false),
            ("^\\w+\\d$", "a_1", true),
            ("a.c", "xabcx", true),
            ("(a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaab", true),
            ("^(a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaab", false),
            ("(^|_)q[1-4]($|_)", "sales_q3_total", true),
            ("", "x", true),
        ] {
            assert_eq!(found(pattern, name), Some(expected), "{pattern} in {name}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in [
            "(?=a)",
            "a**",
            "(",
            "[",
            "a{3,2}",
            "\\b",
            "\\pL",
            "[[:alpha:]]",
            "a{1000}",
            ")",
            "(?s)a",
        ] {
            assert_eq!(found(pattern, "a"), None, "{pattern}");
        }
    }

    #[test]
    fn like_and_glob_fit_the_whole_name() {
        let fits = |operator, pattern: &str, name| {
            let pattern = NamePattern::of(operator, pattern, Place::default()).ok();
            pattern.and_then(|pattern| pattern.fits(name, Place::default()).ok())
        };
        assert_eq!(fits(LikeOperator::Like, "%_id", "film_id"), Some(true));
        assert_eq!(fits(LikeOperator::Like, "F%", "film_id"), Some(false));
        assert_eq!(fits(LikeOperator::ILike, "F%", "film_id"), Some(true));
        assert_eq!(fits(LikeOperator::Glob, "f*d", "film_id"), Some(true));
        assert_eq!(fits(LikeOperator::Glob, "f?d", "film_id"), Some(false));
        let slow = format!("{}b", "%a".repeat(100));
        assert_eq!(fits(LikeOperator::Like, &slow, &"a".repeat(200)), None);
    }
}
